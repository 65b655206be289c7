"""Views as CSV: the values of the log itself, neither smoothed nor in buckets."""

import csv
import io
from collections.abc import Iterable, Iterator
from math import log as ln
from typing import Any

import numpy as np

from rewarm.board import channels, operations
from rewarm.board.channel_curves import positions
from rewarm.runs.run import Run
from rewarm.runs.training_log import TrainingLog

_ROWS = 2000  # updates in a piece, so that a long log needs little memory
LOSS = ("update", "stage", "axis", "value", "nats", "tokens", "bytes", "nats_per_token", "bits_per_byte")


def text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Lines of CSV (RFC 4180). An empty header gives none; None and NaN are empty cells."""
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def loss(
    log: TrainingLog, axis: str, first: int | None, last: int | None, run: str | None = None
) -> Iterator[str]:
    """Pieces of a table with a row an update and channel that has tokens in it, as `Run.curves` has.

    Without its header `LOSS`. run: a name that begins each row.
    """
    named = channels.rows(log.leaves, axis)
    stage = _stages(log)
    begin, end = positions(log.updates, first, last)
    for start in range(begin, end, _ROWS):
        part = slice(start, min(end, start + _ROWS))
        sums = {
            value: [table[rows, part].sum(0).tolist() for table in (log.nats, log.tokens, log.bytes)]
            for value, rows in named.items()
        }
        lines: list[list[Any]] = []
        for at, update in enumerate(log.updates[part].tolist()):
            for value, (nats, tokens, size) in sums.items():
                if tokens[at] > 0:
                    per_byte = nats[at] / (size[at] * ln(2)) if size[at] else None
                    head = [update, stage[start + at], axis, value, nats[at], tokens[at], size[at]]
                    lines.append([*([] if run is None else [run]), *head, nats[at] / tokens[at], per_byte])
        yield text((), lines)


def operation(run: Run, log: TrainingLog, first: int | None, last: int | None) -> Iterator[str]:
    """Pieces of a table with a row an update."""
    values = operations.columns(run, log)
    yield text(("update", "stage", *values), [])
    stage = _stages(log)
    begin, end = positions(log.updates, first, last)
    for start in range(begin, end, _ROWS):
        part = slice(start, min(end, start + _ROWS))
        columns = [log.updates[part].tolist(), stage[part], *(one[part].tolist() for one in values.values())]
        yield text((), zip(*columns, strict=True))


def _stages(log: TrainingLog) -> list[str]:
    return [name for name, first, last in log.stages for _ in range(last - first)]


def _cell(value: object) -> object:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    # A spreadsheet takes a cell that begins so for a formula; names come from recipes and documents.
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
