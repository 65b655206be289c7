"""The training log as arrays: one column an update, one row a leaf.

Losses of any channel are sums over rows, and a window's mean is a ratio of two sums over columns: exact for
every channel and window. A running training is read incrementally: its parts never change (`corpus/tables/
metrics.py`), so only the parts that are new and the lines since the last checkpoint are read again.
"""

from collections.abc import Callable, Iterator
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
_SCALARS = ("rate", "loss", "grad_norm", "tokens", "seconds")
_SUMS = ("nats", "tokens", "bytes")


@dataclass(frozen=True)
class TrainingLog:
    """updates: int64 [n], rising; stages: (name, first position, position after the last); scalars: float64
    [n] by name (rate, loss, grad_norm, tokens, seconds), NaN where an update was not used; nats, tokens,
    bytes: float64 [leaves, n], sums over the tokens with loss."""

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
        column_of = np.full(max(leaf.number for leaf in leaves) + 1, -1)
        column_of[[leaf.number for leaf in leaves]] = np.arange(len(leaves))
        finished = (folder / "metrics" / "updates.parquet").exists()
        pieces = [_finished(folder, column_of)] if finished else list(self._running(folder, column_of))
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

    def _running(self, folder: Path, column_of: npt.NDArray[np.int64]) -> Iterator[_Piece]:
        # Lines first: what is sealed between the two reads is then in both, not in neither.
        unsealed = list(metrics.running(folder))
        kept: dict[tuple[Path, int, int], _Piece] = {}
        done = 0
        for part in metrics.parts(folder):
            stat = part.stat()
            key = (part, stat.st_mtime_ns, stat.st_size)
            kept[key] = self._parts.get(key) or _of_parts(metrics.read_part(part), column_of)
            done = int(kept[key].updates[-1]) + 1 if len(kept[key].updates) else done
            yield kept[key]
        self._parts = kept
        for batch in unsealed:
            rest = batch.filter(pc.greater_equal(batch["update"], done))
            if rest.num_rows:
                yield _of_parts(pa.Table.from_batches([rest]), column_of)


def _finished(folder: Path, column_of: npt.NDArray[np.int64]) -> _Piece:
    paths = (folder / "metrics" / f"{name}.parquet" for name in ("updates", "leaves"))
    rows, sums = (pq.read_table(path) for path in paths)
    rows = rows.sort_by("update")
    position = np.searchsorted(_numbers(rows, "update"), _numbers(sums, "update"))
    column = column_of[_numbers(sums, "leaf")]
    return _piece(rows, position, column, column_of, lambda name: sums[name].to_numpy())


def _of_parts(rows: pa.Table, column_of: npt.NDArray[np.int64]) -> _Piece:
    rows = rows.combine_chunks()
    flat = {name: pc.list_flatten(rows[f"leaf_{name}"]).to_numpy() for name in ("leaf", *_SUMS)}
    position = pc.list_parent_indices(rows["leaf_leaf"]).to_numpy()
    return _piece(rows, position, column_of[flat["leaf"]], column_of, flat.__getitem__)


def _piece(
    rows: pa.Table, position: npt.NDArray[Any], column: npt.NDArray[Any], column_of: npt.NDArray[np.int64],
    sums: Callable[[str], Floats],
) -> _Piece:  # fmt: skip
    """rows: of the updates; position, column: int64 [sums], the update and the leaf of each sum."""
    shape = (int(column_of.max()) + 1, rows.num_rows)
    return _Piece(
        updates=_numbers(rows, "update"),
        stage=rows["stage"].to_pylist(),
        scalars={name: _numbers(rows, name).astype(np.float64) for name in _SCALARS},
        sums=np.stack([_scattered(position, column, sums(name), shape) for name in _SUMS]),
    )


def _scattered(
    position: npt.NDArray[Any], column: npt.NDArray[Any], values: Floats, shape: tuple[int, int]
) -> Floats:
    flat = np.bincount(column * shape[1] + position, weights=values, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float64, copy=False)


def _numbers(table: pa.Table, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = table[name].to_numpy()
    return values
