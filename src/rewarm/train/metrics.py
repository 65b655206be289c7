"""The training log: one JSON line a step while it runs, Parquet tables at the end.

A line is written before the next step begins, so a crash loses none; a resume cuts the log back
to its checkpoint and goes on.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.publish import writing


class Log:
    """Appends rows to `metrics.jsonl`."""

    def __init__(self, path: Path, steps: int) -> None:
        """Open the log and keep its first `steps` rows."""
        kept = [line for line in _lines(path) if json.loads(line)["step"] < steps]
        with writing(path) as aside:
            aside.write_text("".join(f"{line}\n" for line in kept))
        self._file = path.open("a")

    def add(self, row: dict[str, Any]) -> None:
        """One step: scalars and `leaves`, a list of [nats, tokens, bytes]."""
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def publish(log: Path, folder: Path) -> list[dict[str, Any]]:
    """Write steps.parquet and leaves.parquet from the log; gives its rows."""
    rows = [json.loads(line) for line in _lines(log)]
    folder.mkdir(exist_ok=True)
    steps = [{name: value for name, value in row.items() if name != "leaves"} for row in rows]
    leaves = [
        {"step": row["step"], "leaf": leaf, "nats": nats, "tokens": tokens, "bytes": size}
        for row in rows
        for leaf, (nats, tokens, size) in enumerate(row["leaves"])
        if tokens
    ]
    for name, table in (("steps", steps), ("leaves", leaves)):
        with writing(folder / f"{name}.parquet") as aside:
            pq.write_table(pa.Table.from_pylist(table), aside)
    return rows


def _lines(path: Path) -> list[str]:
    """Whole lines only: the last may be cut by a crash."""
    if not path.exists():
        return []
    return [line for line in path.read_text().split("\n")[:-1] if line.endswith("}")]
