"""What the sequences of a stage are made of: lengths of the parts of documents, and how many stand together.

Documents in a sequence do not see each other, so a sequence of many short documents trains no long
dependency, whatever its length. The longest context that a token has is the length of its part.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.corpus.tables.blocks import Blocks
from rewarm.errors import RewarmError
from rewarm.runs.run import Run


@dataclass(frozen=True, slots=True)
class Bin:
    """Parts of documents with `first` to `last` tokens: how many, and their tokens."""

    first: int
    last: int
    parts: int
    tokens: int


@dataclass(frozen=True)
class StageLengths:
    """cross: sequences that hold more than one document; cross_tokens: the tokens in them; bins: of parts;
    long: by entry of the mix, what `stages[].lengths` planned and found (`mix/plan.json`)."""

    stage: str
    seq_len: int
    sequences: int
    tokens: int
    cross: int
    cross_tokens: int
    bins: list[Bin]
    long: dict[str, dict[str, Any]]

    @property
    def cross_share(self) -> float:
        """Share of the sequences that hold more than one document."""
        return self.cross / self.sequences if self.sequences else 0.0


def of_run(run: Run) -> list[StageLengths]:
    """A row a stage. Raises RewarmError for a run without blocks."""
    packed = run.steps.get("pack")
    if packed is None:
        raise RewarmError(f"{run.path}: has no blocks yet; rewarm run RECIPE --until pack makes them")
    plan = run.json("mix", "plan.json") or {}
    found = []
    for stage in packed.json("manifest.json") or {}:
        blocks = Blocks(packed.path, stage)
        counts, lengths = blocks.parts()
        owner = np.repeat(np.arange(len(counts)), counts)
        tokens = np.bincount(owner, weights=lengths, minlength=len(counts)).astype(np.int64)
        cross = counts > 1
        place = np.floor(np.log2(np.maximum(lengths, 1))).astype(np.int64)
        bins = [
            Bin(2**bit, 2 ** (bit + 1) - 1, int(mine.sum()), int(lengths[mine].sum()))
            for bit in range(int(place.max()) + 1 if len(place) else 0)
            if (mine := place == bit).any()
        ]
        long = {entry: about["long"] for entry, about in plan.get(stage, {}).items() if "long" in about}
        sums = (len(counts), int(lengths.sum()), int(cross.sum()), int(tokens[cross].sum()))
        found.append(StageLengths(stage, int(blocks.manifest["seq_len"]), *sums, bins, long))
    return found
