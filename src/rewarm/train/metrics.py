"""The training log: a JSON line an update while it runs, sealed into Parquet parts, tables at the end.

Rows of the running interval stand in `metrics.jsonl`, written before the next update begins. Every
checkpoint moves them into an immutable part, `_metrics/NNNNNNNNN.parquet`, named after its first
update, before the checkpoint stands. A resume or a roll-back removes the parts after its checkpoint
and rewrites at most one, so neither costs more after half a million updates than after a hundred.
Whatever the moment of a kill, parts and lines hold every update before the last checkpoint: what is
in both, because the move was cut off, counts once.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import metrics as tables
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

if TYPE_CHECKING:  # reading the log needs no torch
    from rewarm.trackers.event import Event
    from rewarm.trackers.follow import Trackers

_ROWS = 131_072  # of a row group in the published tables: some MB


class Log:
    """`metrics.jsonl` and its parts, a row an update; `retained.jsonl`, a row a leaf and evaluation of the
    forgetting guard.

    Rank 0 writes. An evaluation every few hundred updates makes few rows: they stay in JSON.
    """

    def __init__(
        self, folder: Path, done: int, *, writes: bool = True, trackers: "Trackers | None" = None
    ) -> None:
        """Open the logs and keep the rows of the first `done` updates; trackers get the same rows."""
        self._folder, self._writes = folder, writes
        self._path, self._retained = folder / "metrics.jsonl", folder / "retained.jsonl"
        self._parts = folder / "_metrics"
        self._file: IO[str] | None = None
        self._trackers = trackers if writes and trackers else None
        self.cut(done)
        if self._trackers:
            self._trackers.start(done)

    def cut(self, done: int) -> None:
        """Keep the rows of the first `done` updates."""
        if self._trackers:
            self._trackers.rewind(done)
        if not self._writes:
            return
        # Newest first, so that the files hold a beginning of the log at any moment.
        _keep_lines(self._retained, lambda update: update <= done)
        self._keep_running(lambda update: update < done)
        for part in reversed(tables.parts(self._folder)):
            if tables.first_update(part) >= done:
                part.unlink()
                continue
            table = tables.read_part(part)
            if table["update"][-1].as_py() >= done:
                with writing(part) as aside:
                    pq.write_table(table.filter(pc.field("update") < done), aside)
            break
        sealed = tables.sealed(self._folder)
        self._keep_running(lambda update: sealed <= update < done)

    def add(self, row: dict[str, Any]) -> None:
        """One update: scalars and `leaves`, [leaf, nats, tokens, bytes] of each that it has; none when not
        used."""
        if self._file is not None:
            self._file.write(json.dumps(row) + "\n")
            self._file.flush()
        if self._trackers:
            self._trackers.add(row)

    def add_retained(self, rows: list[dict[str, Any]]) -> None:
        """One evaluation of the forgetting guard, a row a leaf.

        source, leaf, documents, before, now (bits per byte), domain; update: finished updates.
        """
        if self._writes:
            with self._retained.open("a") as file:
                file.write("".join(json.dumps(row) + "\n" for row in rows))
        if self._trackers:
            self._trackers.add_retained(rows)

    def alert(self, event: "Event") -> None:
        """Show an event in the trackers; the log itself has incidents in a file of their own."""
        if self._trackers:
            self._trackers.alert(event)

    def seal(self) -> None:
        """Move the rows so far into a part and onto the disk. Call it before a checkpoint is written."""
        if self._trackers:
            self._trackers.flush()
        if not self._writes:
            return
        with self._retained.open("a") as file:
            os.fsync(file.fileno())
        batches = tables.running(self._folder)
        head = next(batches, None)
        if head is None:
            return
        self._parts.mkdir(exist_ok=True)
        first = head["update"][0].as_py()
        with (
            writing(self._parts / f"{first:09}.parquet") as aside,
            pq.ParquetWriter(aside, tables.PART, compression="zstd") as file,
        ):
            file.write_batch(head)
            for batch in batches:
                file.write_batch(batch)
        self._keep_running(lambda _: False)

    def close(self) -> None:
        """Close the file and the trackers."""
        if self._file is not None:
            self._file.close()
        if self._trackers:
            self._trackers.close()

    def publish(self) -> tuple[int, int]:
        """Write metrics/{updates,leaves,retained}.parquet; returns the numbers of updates and targets.

        Part by part: memory does not grow with the run. Raises RewarmError when an update is missing.
        """
        target = self._folder / "metrics"
        target.mkdir(exist_ok=True)
        done = targets = 0
        with _Table(target, "updates") as updates, _Table(target, "leaves") as leaves:
            for batch in tables.batches(self._folder):
                seen = batch["update"].to_pylist()
                if seen != list(range(done, done + len(seen))):
                    raise RewarmError(
                        f"{self._parts}: the log does not hold each of the updates {done}–"
                        f"{done + len(seen) - 1} once, as if a file was removed. Remove {self._folder} "
                        "and run again"
                    )
                done += len(seen)
                targets += pc.sum(batch["tokens"]).as_py() or 0
                updates.add(batch.select(tables.SCHEMAS["updates"].names))
                leaves.add(tables.by_leaf(batch))
        with _Table(target, "retained") as retained:
            retained.add(tables.retained(self._folder))
        return done, targets

    def _keep_running(self, wanted: Callable[[int], bool]) -> None:
        if self._file is not None:
            self._file.close()
        _keep_lines(self._path, wanted)
        self._file = self._path.open("a")


def _keep_lines(path: Path, wanted: Callable[[int], bool]) -> None:
    with writing(path) as aside, aside.open("w") as file:
        for row in tables.lines(path):
            if wanted(row["update"]):
                file.write(json.dumps(row) + "\n")


class _Table:
    """Writes a Parquet file in row groups of `_ROWS`, whatever the size of the batches."""

    def __init__(self, folder: Path, name: str) -> None:
        self._writing = writing(folder / f"{name}.parquet")
        self._schema = tables.SCHEMAS[name]
        self._held: list[pa.RecordBatch] = []
        self._rows = 0

    def __enter__(self) -> "_Table":
        self._file = pq.ParquetWriter(self._writing.__enter__(), self._schema)
        return self

    def add(self, batch: pa.RecordBatch) -> None:
        self._held.append(batch)
        self._rows += batch.num_rows
        while self._rows >= _ROWS:
            self._write(_ROWS)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write(self._rows)
        self._file.close()
        self._writing.__exit__(kind, value, trace)

    def _write(self, rows: int) -> None:
        table = pa.Table.from_batches(self._held, schema=self._schema).combine_chunks()
        self._file.write_table(table.slice(0, rows), row_group_size=_ROWS)
        self._held, self._rows = table.slice(rows).to_batches(), table.num_rows - rows
