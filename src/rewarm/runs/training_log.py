"""The training log as arrays: one column an update, one row a leaf.

Losses of any channel are sums over rows, and a window's mean is a ratio of two sums over columns: exact for
every channel and window. A running training is read incrementally: its parts never change (`corpus/tables/
metrics.py`), so only the parts that are new and the lines since the last checkpoint are read again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import metrics
from rewarm.corpus.tables.leaves import Leaf
from rewarm.runs.run import Run

Floats = npt.NDArray[np.float64]
_SCALARS = ("rate", "loss", "grad_norm", "tokens", "seconds", "sequences", "data_seconds", "peak_memory")
_SUMS = ("nats", "tokens", "bytes")
_ROWS = 131_072  # sums that are put in their places at one time: their part of the arrays stays in the cache


@dataclass(frozen=True)
class TrainingLog:
    """updates: int64 [n], rising; stages: (name, first position, position after the last); scalars: float64
    [n] by name (`_SCALARS`), NaN where an update was not used or an earlier version did not write them; nats,
    tokens, bytes: float64 [leaves, n], sums over the tokens with loss."""

    updates: npt.NDArray[np.int64]
    stages: list[tuple[str, int, int]]
    scalars: dict[str, Floats]
    nats: Floats
    tokens: Floats
    bytes: Floats
    leaves: list[Leaf]


@dataclass(frozen=True)
class _Piece:
    """Some consecutive updates: stage a text each; sums: float64 [3, leaves, updates]."""

    updates: npt.NDArray[np.int64]
    stage: list[str]
    scalars: dict[str, Floats]
    sums: Floats


class LogReader:
    """Reads the log of one run again and again. It keeps what it read of the parts."""

    def __init__(self) -> None:
        self._parts: dict[tuple[Path, int, int], _Piece] = {}

    def read(self, run: Run) -> TrainingLog | None:
        """The log so far; None before the first update. A roll-back meanwhile raises FileNotFoundError."""
        folder, leaves = run.training, run.leaves
        if folder is None or not leaves:
            return None
        row_of = np.full(max(leaf.number for leaf in leaves) + 1, -1)
        row_of[[leaf.number for leaf in leaves]] = np.arange(len(leaves))
        finished = (folder / "metrics" / "updates.parquet").exists()
        pieces = [_finished(folder, row_of)] if finished else list(self._running(folder, row_of))
        pieces = [piece for piece in pieces if len(piece.updates)]
        if not pieces:
            return None
        sums = np.concatenate([piece.sums for piece in pieces], axis=2) if len(pieces) > 1 else pieces[0].sums
        names = [name for piece in pieces for name in piece.stage]
        ends = [0, *(at for at in range(1, len(names)) if names[at] != names[at - 1]), len(names)]
        return TrainingLog(
            updates=np.concatenate([piece.updates for piece in pieces]),
            stages=[(names[first], first, last) for first, last in pairwise(ends)],
            scalars={name: np.concatenate([piece.scalars[name] for piece in pieces]) for name in _SCALARS},
            nats=sums[0],
            tokens=sums[1],
            bytes=sums[2],
            leaves=leaves,
        )

    def _running(self, folder: Path, row_of: npt.NDArray[np.int64]) -> Iterator[_Piece]:
        # Lines first: what is sealed between the two reads is then in both, not in neither.
        unsealed = list(metrics.running(folder))
        kept: dict[tuple[Path, int, int], _Piece] = {}
        done = 0
        for part in metrics.parts(folder):
            stat = part.stat()
            key = (part, stat.st_mtime_ns, stat.st_size)
            kept[key] = self._parts.get(key) or _of_parts(metrics.read_part(part), row_of)
            done = int(kept[key].updates[-1]) + 1 if len(kept[key].updates) else done
            yield kept[key]
        self._parts = kept
        for batch in unsealed:
            rest = batch.filter(pc.greater_equal(batch["update"], done))
            if rest.num_rows:
                yield _of_parts(pa.Table.from_batches([rest]), row_of)


def _finished(folder: Path, row_of: npt.NDArray[np.int64]) -> _Piece:
    piece = _empty(metrics.read(folder, "updates").sort_by("update"), row_of)
    leaves = folder / "metrics" / "leaves.parquet"
    for batch in pq.ParquetFile(leaves).iter_batches(_ROWS, columns=["update", "leaf", *_SUMS]):
        _fill(piece, _numbers(batch, "update"), _numbers(batch, "leaf"), row_of, batch)
    return piece


def _of_parts(rows: pa.Table, row_of: npt.NDArray[np.int64]) -> _Piece:
    rows = rows.combine_chunks()
    piece = _empty(rows, row_of)
    sums = pa.table({name: pc.list_flatten(rows[f"leaf_{name}"]) for name in ("leaf", *_SUMS)})
    updates = piece.updates.repeat(pc.list_value_length(rows["leaf_leaf"]).to_numpy())
    _fill(piece, updates, _numbers(sums, "leaf"), row_of, sums)
    return piece


def _empty(rows: pa.Table, row_of: npt.NDArray[np.int64]) -> _Piece:
    """rows: of the updates, in order."""
    return _Piece(
        updates=_numbers(rows, "update"),
        stage=rows["stage"].to_pylist(),
        scalars={name: _numbers(rows, name).astype(np.float64) for name in _SCALARS},
        sums=np.zeros((len(_SUMS), int(row_of.max()) + 1, rows.num_rows)),
    )


def _fill(
    piece: _Piece, updates: npt.NDArray[Any], leaves: npt.NDArray[Any], row_of: npt.NDArray[np.int64],
    sums: pa.Table | pa.RecordBatch,
) -> None:  # fmt: skip
    """Put sums in their places. updates, leaves: int64 [sums], those of each row of `sums`."""
    numbers = piece.updates
    whole = len(numbers) > 0 and numbers[-1] - numbers[0] == len(numbers) - 1
    position = updates - numbers[0] if whole else np.searchsorted(numbers, updates)
    # An update has a leaf once, so each sum has a place of its own.
    place = row_of[leaves] * len(numbers) + position
    for at, name in enumerate(_SUMS):
        piece.sums[at].reshape(-1)[place] = _numbers(sums, name)


def _numbers(table: pa.Table | pa.RecordBatch, name: str) -> npt.NDArray[Any]:
    column = table[name]
    values: npt.NDArray[Any] = (
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    )
    return values
