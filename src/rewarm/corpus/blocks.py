"""Reads a stage's blocks: any sequence by number, memory-mapped; which sequences make a batch.

The order is a pure function: batch k of a stage is the sequences from k x size on, as the blocks
hold them. There is no loader state; a resume needs a step number and nothing else.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Sequence:
    """tokens: uint32 [n]; lengths, leaves, documents, offsets: one entry a segment;
    masked: int32 [2 x ranges], start and stop of the tokens that carry no loss."""

    tokens: np.ndarray
    lengths: np.ndarray
    leaves: np.ndarray
    documents: np.ndarray
    offsets: np.ndarray
    masked: np.ndarray

    def weights(self) -> np.ndarray:
        """float32 [n]: 0 where a token is no target: the first of a segment has no context."""
        weights = np.ones(len(self.tokens), dtype=np.float32)
        weights[np.cumsum(self.lengths) - self.lengths] = 0
        for start, stop in self.masked.reshape(-1, 2):
            weights[start:stop] = 0
        return weights

    def targets(self) -> np.ndarray:
        """float64 [segments]: how many of each segment's tokens carry loss."""
        if not len(self.masked):
            return (self.lengths - 1).astype(np.float64)
        starts = np.cumsum(self.lengths) - self.lengths
        return np.add.reduceat(self.weights().astype(np.float64), starts)


@dataclass(frozen=True, slots=True)
class Update:
    """One update of a run: `sequences` numbers inside the stage; `step` counts over all stages."""

    step: int
    stage: str
    step_in_stage: int
    sequences: range


class Blocks:
    """The sequences of one stage."""

    def __init__(self, folder: Path, stage: str) -> None:
        self.manifest = json.loads((folder / "manifest.json").read_text())[stage]
        tables = [
            pa.ipc.open_file(pa.memory_map(str(folder / block["file"]))).read_all()
            for block in self.manifest["blocks"]
        ]
        self._starts = np.cumsum([0, *(len(table) for table in tables)])
        self._tables = tables

    def __len__(self) -> int:
        return int(self._starts[-1])

    def __getitem__(self, number: int) -> Sequence:
        block = int(np.searchsorted(self._starts, number, side="right")) - 1
        row = number - int(self._starts[block])
        values = [column[row].values.to_numpy() for column in self._tables[block].columns]
        return Sequence(*values)

    def file_of(self, number: int) -> str:
        """The block file that holds this sequence."""
        block = int(np.searchsorted(self._starts, number, side="right")) - 1
        return str(self.manifest["blocks"][block]["file"])


def updates(folder: Path, batch_tokens: int) -> list[Update]:
    """Every update of the run, over all stages in order.

    batch_tokens: tokens per update; a batch holds as many full sequences as fit, the last of a
    stage may hold fewer.
    """
    plan: list[Update] = []
    for stage, entry in json.loads((folder / "manifest.json").read_text()).items():
        size = max(1, batch_tokens // entry["seq_len"])
        for number, start in enumerate(range(0, entry["sequences"], size)):
            stop = min(start + size, entry["sequences"])
            plan.append(Update(len(plan), stage, number, range(start, stop)))
    return plan
