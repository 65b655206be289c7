"""Reads a stage's blocks: any sequence by number, memory-mapped; which sequences make a batch.

The order is a pure function: batch k of a stage is the sequences from k x size on, as the blocks
hold them. There is no loader state; a resume needs the number of finished updates and nothing else.
"""

import hashlib
import json
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import ids
from rewarm.errors import RewarmError

SCHEMA = pa.schema(
    [
        ("tokens", pa.list_(pa.uint32())),
        ("segment_length", pa.list_(pa.int32())),
        ("segment_leaf", pa.list_(pa.int32())),
        ("segment_document", pa.list_(ids.ARROW)),
        ("segment_offset", pa.list_(pa.int64())),
        ("segment_joined", pa.list_(pa.uint8())),
        ("segment_last", pa.list_(pa.uint8())),
        ("masked", pa.list_(pa.int32())),
    ]
)


@dataclass(frozen=True, slots=True)
class Sequence:
    """tokens: uint32 [n]; masked: int32 [2 x ranges], start and stop of the tokens that carry no loss.

    One entry a segment, a part of a document: lengths, leaves, offsets (its first token in the document);
    documents: V10 (their IDs, `ids.digits`); joined: bool, whether it attends to the segment before it,
    because `order` put related documents together; last: bool, whether nothing of this use of the document
    follows in another sequence.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    leaves: np.ndarray
    documents: np.ndarray
    offsets: np.ndarray
    joined: np.ndarray
    last: np.ndarray
    masked: np.ndarray

    def contexts(self) -> np.ndarray:
        """int64 [segments]: the token at which each segment's context begins: its own first, or that of the
        first of the segments that are joined with it."""
        starts = (np.cumsum(self.lengths) - self.lengths).astype(np.int64)
        found: np.ndarray = np.maximum.accumulate(np.where(self.joined, 0, starts))
        return found

    def positions(self) -> np.ndarray:
        """int64 [n]: position IDs. They restart at every segment that is not joined, which is what isolates
        documents."""
        found: np.ndarray = np.arange(len(self.tokens)) - np.repeat(self.contexts(), self.lengths)
        return found

    def weights(self) -> np.ndarray:
        """float32 [n]: 0 where a token is no target: the first token of a context has nothing before it."""
        weights = np.ones(len(self.tokens), dtype=np.float32)
        weights[self.contexts()] = 0
        for start, stop in self.masked.reshape(-1, 2):
            weights[start:stop] = 0
        return weights

    def targets(self) -> np.ndarray:
        """float64 [segments]: how many of each segment's tokens carry loss."""
        if not len(self.masked):
            return np.where(self.joined, self.lengths, self.lengths - 1).astype(np.float64)
        starts = np.cumsum(self.lengths) - self.lengths
        return np.add.reduceat(self.weights().astype(np.float64), starts)


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a run: `sequences` numbers inside the stage; `number` counts over all stages, from 0."""

    number: int
    stage: str
    number_in_stage: int
    sequences: range


class Blocks:
    """The sequences of one stage.

    verify: compare a block's checksum before its first sequence is read. A block of a billion tokens takes
    some seconds, which training spends once, and a look at one sequence should not.
    """

    def __init__(self, folder: Path, stage: str, *, verify: bool = False) -> None:
        """Raises RewarmError for a block that is missing or cannot be opened."""
        self._folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())[stage]
        self._tables = [self._open(block) for block in self.manifest["blocks"]]
        self._starts = np.cumsum([0, *(len(table) for table in self._tables)])
        self._unverified = set(range(len(self._tables))) if verify else set()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, number: int) -> Sequence:
        block = int(np.searchsorted(self._starts, number, side="right")) - 1
        row = number - int(self._starts[block])
        if block in self._unverified:
            self._verify(block)
        parts = {name: self._tables[block][name][row].values for name in SCHEMA.names}
        return Sequence(
            tokens=parts["tokens"].to_numpy(),
            lengths=parts["segment_length"].to_numpy(),
            leaves=parts["segment_leaf"].to_numpy(),
            documents=ids.of_column(parts["segment_document"]),
            offsets=parts["segment_offset"].to_numpy(),
            joined=parts["segment_joined"].to_numpy().astype(bool),
            last=parts["segment_last"].to_numpy().astype(bool),
            masked=parts["masked"].to_numpy(),
        )

    def segments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Documents V10, first tokens and lengths int64 [segments] of all sequences, in order."""
        columns = [
            [chunk.flatten() for table in self._tables for chunk in table[name].chunks]
            for name in ("segment_document", "segment_offset", "segment_length")
        ]
        documents = [ids.of_column(part) for part in columns[0]]
        offsets, lengths = (
            np.concatenate([np.empty(0, np.int64), *(part.to_numpy() for part in parts)])
            for parts in columns[1:]
        )
        return np.concatenate([np.empty(0, ids.TYPE), *documents]), offsets, lengths

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """int64 [sequences], parts of documents in each; int64 [parts], tokens of each."""
        chunks = [chunk for table in self._tables for chunk in table["segment_length"].chunks]
        nothing = np.empty(0, np.int64)
        counts = np.concatenate([nothing, *(chunk.value_lengths().to_numpy() for chunk in chunks)])
        lengths = np.concatenate([nothing, *(chunk.flatten().to_numpy() for chunk in chunks)])
        return counts.astype(np.int64), lengths.astype(np.int64)

    def file_of(self, number: int) -> str:
        """The block file that holds this sequence."""
        return str(self._entry(number)["file"])

    def checksum_of(self, number: int) -> tuple[str, int]:
        """SHA-256 of the block file that holds this sequence, and its position in it."""
        block = int(np.searchsorted(self._starts, number, side="right")) - 1
        return str(self._entry(number)["sha256"]), number - int(self._starts[block])

    def _open(self, block: dict[str, Any]) -> pa.Table:
        path = self._folder / block["file"]
        try:
            return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        except (pa.ArrowInvalid, OSError) as error:
            raise self._damaged(path, f"cannot be opened ({str(error).splitlines()[0]})") from None

    def _verify(self, block: int) -> None:
        """Raises RewarmError when a block is not what `pack` wrote."""
        entry = self.manifest["blocks"][block]
        path = self._folder / entry["file"]
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != entry["sha256"]:
                raise self._damaged(path, "is damaged: its SHA-256 is not that of manifest.json")
        self._unverified.discard(block)

    def _damaged(self, path: Path, fault: str) -> RewarmError:
        return RewarmError(
            f"{path}: {fault}. Remove {self._folder} and run the same command again: packing makes the same "
            "blocks anew, and a training continues from its checkpoint"
        )

    def _entry(self, number: int) -> dict[str, Any]:
        block = int(np.searchsorted(self._starts, number, side="right")) - 1
        found: dict[str, Any] = self.manifest["blocks"][block]
        return found


def updates(folder: Path, batch_tokens: int) -> list[Update]:
    """Every update of the run, over all stages in order.

    batch_tokens: tokens per update; a batch holds as many full sequences as fit, the last of a
    stage may hold fewer.
    """
    plan: list[Update] = []
    for stage, entry in json.loads((folder / "manifest.json").read_text()).items():
        size = _full_batch(entry, batch_tokens)
        for number, start in enumerate(range(0, entry["sequences"], size)):
            stop = min(start + size, entry["sequences"])
            plan.append(Update(len(plan), stage, number, range(start, stop)))
    return plan


def planned_tokens(folder: Path, batch_tokens: int, done: int) -> tuple[int, int]:
    """Tokens of the first `done` updates and of all, as `updates` has them: full sequences."""
    trained = whole = 0
    for entry in json.loads((folder / "manifest.json").read_text()).values():
        size, sequences = _full_batch(entry, batch_tokens), entry["sequences"]
        trained += min(sequences, max(0, done) * size) * entry["seq_len"]
        whole += sequences * entry["seq_len"]
        done -= -(-sequences // size)
    return trained, whole


def _full_batch(entry: dict[str, Any], batch_tokens: int) -> int:
    """Sequences of an update of a stage; the last may have fewer."""
    size: int = max(1, batch_tokens // entry["seq_len"])
    return size


@dataclass(frozen=True, slots=True)
class Span:
    """A block in the order of training. number: over all stages, from 1; file: as the manifest names it;
    first: its first update; updates: finished ones when the last of its sequences was trained on. An update
    at the border holds sequences of both blocks and counts to the first."""

    number: int
    stage: str
    file: str
    sequences: int
    tokens: int
    first: int
    updates: int


def spans(folder: Path, batch_tokens: int) -> list[Span]:
    """The blocks of all stages with their updates. folder: as `pack` published it."""
    found: list[Span] = []
    done = 0
    for stage, entry in json.loads((folder / "manifest.json").read_text()).items():
        size = _full_batch(entry, batch_tokens)
        start, stop = done, 0
        for block in entry["blocks"]:
            stop += block["sequences"]
            first, done = done, start + -(-stop // size)
            about = (block["file"], block["sequences"], block["tokens"])
            found.append(Span(len(found) + 1, stage, *about, min(first, done), done))
    return found


def end_of(found: list[Span], number: int, option: str) -> Span:
    """The span of a block. Raises RewarmError, naming the option, for one that there is not."""
    if not 1 <= number <= len(found):
        raise RewarmError(f"{option} {number}: the run has {len(found)} blocks, 1 to {len(found)}")
    return found[number - 1]


def first_difference(one: Path, other: Path, batch_tokens: int, done: int) -> int | None:
    """The first of `done` updates that trains on other text in `other` than in `one`; None when none does.

    one, other: directories that `pack` published. Blocks with equal checksums are not read.
    """
    plans = [updates(folder, batch_tokens)[:done] for folder in (one, other)]
    stages: dict[str, list[Blocks]] = {}
    for left, right in zip_longest(*plans):
        if left is None or left != right:
            return int((left or right).number)
        pair = stages.setdefault(left.stage, [])
        if not pair:
            pair += [Blocks(folder, left.stage) for folder in (one, other)]
        for number in left.sequences:
            if pair[0].checksum_of(number) == pair[1].checksum_of(number):
                continue
            a, b = pair[0][number], pair[1][number]
            if not all(np.array_equal(getattr(a, name), getattr(b, name)) for name in Sequence.__slots__):
                return left.number
    return None
