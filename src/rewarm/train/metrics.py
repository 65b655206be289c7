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

_INT, _FLOAT, _TEXT = pa.int64(), pa.float64(), pa.string()
SCHEMAS = {
    "steps": pa.schema(
        [
            ("step", _INT), ("stage", _TEXT), ("rate", _FLOAT), ("loss", _FLOAT), ("grad_norm", _FLOAT),
            ("tokens", _INT), ("seconds", _FLOAT), ("first_sequence", _INT), ("sequences", _INT),
        ]
    ),
    "leaves": pa.schema(
        [("step", _INT), ("leaf", _INT), ("nats", _FLOAT), ("tokens", _FLOAT), ("bytes", _FLOAT)]
    ),
    "kept": pa.schema(
        [
            ("step", _INT), ("source", _TEXT), ("leaf", _INT), ("documents", _INT), ("before", _FLOAT),
            ("now", _FLOAT),
        ]
    ),
}  # fmt: skip


class Log:
    """`metrics.jsonl`, a row an update, and `kept.jsonl`, a row a source and look back; rank 0 writes."""

    def __init__(self, folder: Path, steps: int, *, writes: bool = True) -> None:
        """Open the logs and keep what belongs to the first `steps` updates."""
        self._folder, self._writes = folder, writes
        self._path, self._kept = folder / "metrics.jsonl", folder / "kept.jsonl"
        self.cut(steps)

    def cut(self, steps: int) -> None:
        """Keep the rows of the first `steps` updates."""
        if not self._writes:
            return
        for path, last in ((self._path, steps - 1), (self._kept, steps)):
            kept = [line for line in _lines(path) if json.loads(line)["step"] <= last]
            with writing(path) as aside:
                aside.write_text("".join(f"{line}\n" for line in kept))
        self._file = self._path.open("a")

    def add(self, row: dict[str, Any]) -> None:
        """One update: scalars and `leaves`, a list of [nats, tokens, bytes]; empty when it was not used."""
        if self._writes:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()

    def add_kept(self, rows: list[dict[str, Any]]) -> None:
        """One look back: source, leaf, documents, before, now (bits per byte), at `step` finished updates."""
        if self._writes:
            with self._kept.open("a") as file:
                file.write("".join(json.dumps(row) + "\n" for row in rows))

    def close(self) -> None:
        if self._writes:
            self._file.close()

    def publish(self) -> list[dict[str, Any]]:
        """Write metrics/steps.parquet, leaves.parquet and kept.parquet; gives the rows of the updates."""
        rows = [json.loads(line) for line in _lines(self._path)]
        kept = [json.loads(line) for line in _lines(self._kept)]
        target = self._folder / "metrics"
        target.mkdir(exist_ok=True)
        steps = [{name: value for name, value in row.items() if name != "leaves"} for row in rows]
        leaves = [
            {"step": row["step"], "leaf": leaf, "nats": nats, "tokens": tokens, "bytes": size}
            for row in rows
            for leaf, (nats, tokens, size) in enumerate(row["leaves"])
            if tokens
        ]
        for name, table in (("steps", steps), ("leaves", leaves), ("kept", kept)):
            with writing(target / f"{name}.parquet") as aside:
                pq.write_table(pa.Table.from_pylist(table, schema=SCHEMAS[name]), aside)
        return rows


def _lines(path: Path) -> list[str]:
    """Whole lines only: the last may be cut by a crash."""
    if not path.exists():
        return []
    return [line for line in path.read_text().split("\n")[:-1] if line.endswith("}")]
