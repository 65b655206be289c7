"""The last row of a training log, without reading the rest of it."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rewarm.corpus.tables import metrics

_COLUMNS = ["update", "stage", "loss", "seconds"]
_TAIL = 1 << 16  # bytes: a line with a thousand leaves


def read(folder: Path) -> dict[str, Any] | None:
    """update, stage, loss and seconds of the last update. folder: of the training. None before the first."""
    finished = folder / "metrics" / "updates.parquet"
    if finished.exists():
        return _last_of(finished)
    line = _last_line(folder / "metrics.jsonl")
    parts = metrics.parts(folder)
    return line or (_last_of(parts[-1]) if parts else None)


def _last_of(path: Path) -> dict[str, Any] | None:
    file = pq.ParquetFile(path)
    if not file.metadata.num_rows:
        return None
    rows = file.read_row_group(file.num_row_groups - 1, columns=_COLUMNS)
    found: dict[str, Any] = rows.slice(rows.num_rows - 1).to_pylist()[0]
    return found


def _last_line(path: Path) -> dict[str, Any] | None:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL))
            lines = file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    # The first may begin in the middle of a line.
    whole = lines if size <= _TAIL else lines[1:]
    if not whole:
        return None
    row = json.loads(whole[-1])
    return {name: row[name] for name in _COLUMNS}
