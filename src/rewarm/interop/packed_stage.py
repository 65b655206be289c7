"""A stage of a run for other trainers: its blocks, leaves, vocabulary and end token.

Nothing here needs a model: the end token is read off the token table, where every document ends
with it.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from rewarm.corpus.tables import token_table
from rewarm.corpus.tables.blocks import Blocks, Sequence
from rewarm.corpus.tables.leaves import Leaf
from rewarm.errors import RewarmError
from rewarm.runs.run import Run

_SAMPLE = 1000


@dataclass(frozen=True)
class PackedStage:
    """name: of the stage; packed, tokenized: directories of the two steps."""

    run: Run
    name: str
    packed: Path
    tokenized: Path

    @cached_property
    def blocks(self) -> Blocks:
        """Its sequences, memory-mapped."""
        return Blocks(self.packed, self.name, verify=True)

    @cached_property
    def leaves(self) -> list[Leaf]:
        """The leaves, by whose numbers tokens are labelled."""
        return self.run.leaves

    @cached_property
    def token_bytes(self) -> np.ndarray:
        """uint16 [vocabulary]: UTF-8 bytes of each token."""
        sizes: np.ndarray = np.load(self.tokenized / "token_bytes.npy")
        return sizes

    @cached_property
    def end(self) -> int:
        """The token that ends a document."""
        return int(token_table.Tokens(self.tokenized / "tokens")[0][-1])

    @property
    def tokens(self) -> int:
        """Tokens in its sequences."""
        return int(self.blocks.manifest["tokens"])

    @cached_property
    def segments(self) -> int:
        """About how many parts of documents it has, from a sample of sequences: for sizes on disk."""
        sample = [len(self.blocks[number].lengths) for number in self._sample()]
        return round(np.mean(sample) * len(self.blocks)) if sample else 0

    @cached_property
    def text_bytes(self) -> int:
        """About how many bytes of text it has, from a sample of sequences: for sizes on disk."""
        sample = [int(self.token_bytes[self.blocks[number].tokens].sum()) for number in self._sample()]
        return round(np.mean(sample) * len(self.blocks)) if sample else 0

    def _sample(self) -> list[int]:
        count = len(self.blocks)
        return np.unique(np.linspace(0, count - 1, min(count, _SAMPLE)).astype(int)).tolist() if count else []


def packed_stage(run: Run, name: str) -> PackedStage:
    """The stage `name` of a run. Raises RewarmError when the run or the stage is not there."""
    found = {stage.name: stage for stage in packed_stages(run)}
    if name not in found:
        raise RewarmError(f"{run.path}: has no stage {name!r}; its stages are {', '.join(found)}")
    return found[name]


def packed_stages(run: Run) -> list[PackedStage]:
    """All stages of a run, in order. Raises RewarmError when the run has no blocks."""
    packed, tokenized = run.steps.get("pack"), run.steps.get("tokenize")
    if packed is None or tokenized is None:
        raise RewarmError(f"{run.path}: has no blocks yet; `rewarm run RECIPE --until pack` makes them")
    return [
        PackedStage(run, name, packed.path, tokenized.path) for name in packed.json("manifest.json") or ()
    ]


def without_loss(sequence: Sequence) -> np.ndarray | None:
    """bool [tokens], true where a token stays as context and carries no loss; None where all carry it."""
    if not len(sequence.masked):
        return None
    found = np.zeros(len(sequence.tokens), dtype=bool)
    for start, stop in sequence.masked.reshape(-1, 2):
        found[start:stop] = True
    return found
