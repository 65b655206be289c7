"""The document table as steps hand it on: text is written when it changes, never because a step came by.

A step's `documents/` holds, shard by shard, a hard link to the rows that it was given; beside it `changes/`
has the rows whose text or masks are other by now, and `dropped/` the ids that are gone. Both are complete
in each step, so that earlier steps may be removed, and in the order of the rows, so that a reader needs
some rows of them at a time. Where more than half of the rows are changed or dropped, the shard is rewritten.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, masks
from rewarm.engine.publish import link, writing

CHANGES, DROPPED = "changes", "dropped"
CHANGED_ROWS = pa.schema([("id", pa.string()), ("text", pa.string()), ("masks", masks.TYPE)])
DROPPED_ROWS = pa.schema([("id", pa.string())])
_TEXT = ("text", "masks")
_ROWS = 1024


@dataclass(frozen=True)
class Part:
    """Some documents of a shard.

    rows: as the last step left them; changed: bool [rows], which are not as in `documents/`; ids: string
    [rows of `documents/`]; left: bool [rows of `documents/`], those that are in `rows`.
    """

    rows: pa.RecordBatch
    changed: np.ndarray
    ids: pa.Array
    left: np.ndarray


def batches(shard: Path, columns: Sequence[str] | None = None, size: int = _ROWS) -> Iterator[pa.RecordBatch]:
    """The documents of a shard, at most `size` at a time. shard: a file in a step's `documents/`."""
    for part in parts(shard, columns, size):
        if len(part.rows):
            yield part.rows


def read(shard: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The documents of a shard."""
    names = list(columns) if columns is not None else documents.SCHEMA.names
    schema = pa.schema([documents.SCHEMA.field(name) for name in names])
    found = [part.select(names).cast(schema) for part in batches(shard, names, 1 << 16)]
    return pa.Table.from_batches(found, schema)


def count(shard: Path) -> int:
    """Documents of a shard."""
    gone = _beside(shard, DROPPED)
    whole: int = pq.read_metadata(shard).num_rows
    return whole - (pq.read_metadata(gone).num_rows if gone.exists() else 0)


def parts(shard: Path, columns: Sequence[str] | None = None, size: int = _ROWS) -> Iterator[Part]:
    """The same as `batches`, with what a step needs that changes some."""
    wanted = list(columns) if columns is not None else documents.SCHEMA.names
    changes, dropped = (_InOrder(_beside(shard, name), size) for name in (CHANGES, DROPPED))
    names = list(dict.fromkeys(["id", *wanted]))
    with pq.ParquetFile(shard, memory_map=True) as file:
        for batch in file.iter_batches(batch_size=size, columns=names):
            batch = batch.select(names)
            ids, changed = batch["id"], np.zeros(len(batch), bool)
            place, rows = changes.of(ids)
            if rows is not None:
                changed = place.is_valid().to_numpy(zero_copy_only=False)
                batch = _overlaid(batch, rows, place)
            place, rows = dropped.of(ids)
            left = np.ones(len(batch), bool)
            if rows is not None:
                left = place.is_null().to_numpy(zero_copy_only=False)
                batch, changed = batch.filter(pa.array(left)), changed[left]
            yield Part(batch.select(wanted), changed, ids, left)


def hand_on(folder: Path, shard: Path) -> None:
    """Write a shard of a step's documents as the step was given it."""
    for name in ("documents", CHANGES, DROPPED):
        given = shard if name == "documents" else _beside(shard, name)
        if given.exists():
            (folder / name).mkdir(exist_ok=True)
            link(given, folder / name / shard.name)


class Writer:
    """Writes a shard of a step's documents, from the parts of the shard that the step was given.

    with Writer(work.folder, shard) as writer:
        for part in texts.parts(shard):
            writer.add(part, text, masks, changed, stays)
    """

    def __init__(self, folder: Path, shard: Path) -> None:
        self._shard, self._name = shard, shard.name
        self._folder = folder
        self._asides = {name: folder / f"_{name}" / shard.name for name in (CHANGES, DROPPED)}
        self._rows = {CHANGES: 0, DROPPED: 0}
        self._whole = 0

    def __enter__(self) -> "Writer":
        self._files = {}
        for name, schema in ((CHANGES, CHANGED_ROWS), (DROPPED, DROPPED_ROWS)):
            self._asides[name].parent.mkdir(exist_ok=True)
            self._files[name] = pq.ParquetWriter(self._asides[name], schema, compression="zstd")
        return self

    def add(
        self,
        part: Part,
        text: pa.Array | None = None,
        spans: pa.Array | None = None,
        changed: np.ndarray | None = None,
        stays: np.ndarray | None = None,
    ) -> None:
        """Some documents, in order.

        text, spans: string and masks [documents], as the step leaves them; changed: bool [documents], where
        they are other than in `part`; stays: bool [documents]. What is not given is as before.
        """
        kept = np.ones(len(part.rows), bool) if stays is None else stays
        other = (part.changed if changed is None else part.changed | changed) & kept
        if other.any():
            columns = [part.rows["id"]] + [
                part.rows[name] if given is None else given.cast(CHANGED_ROWS.field(name).type)
                for name, given in zip(_TEXT, (text, spans), strict=True)
            ]
            self._put(CHANGES, pa.table(columns, schema=CHANGED_ROWS).filter(pa.array(other)))
        gone = ~part.left
        gone[part.left] = ~kept
        if gone.any():
            self._put(DROPPED, pa.table([part.ids.filter(pa.array(gone))], schema=DROPPED_ROWS))
        self._whole += len(part.ids)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
        if kind is None:
            self._publish()
        for aside in self._asides.values():
            aside.unlink(missing_ok=True)

    def _put(self, name: str, rows: pa.Table) -> None:
        self._files[name].write_table(rows)
        self._rows[name] += len(rows)

    def _publish(self) -> None:
        target = self._folder / "documents" / self._name
        target.parent.mkdir(exist_ok=True)
        # What an attempt left that was killed.
        target.unlink(missing_ok=True)
        link(self._shard, target)
        beside = {name: self._folder / name / self._name for name in (CHANGES, DROPPED)}
        for name, path in beside.items():
            path.unlink(missing_ok=True)
            if self._rows[name]:
                path.parent.mkdir(exist_ok=True)
                self._asides[name].replace(path)
        if 2 * max(self._rows.values()) <= self._whole:
            return
        with (
            writing(target) as aside,
            pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
        ):
            for batch in batches(target):
                writer.write_batch(batch.cast(documents.SCHEMA))
        for path in beside.values():
            path.unlink(missing_ok=True)


class _InOrder:
    """Rows of a side table, in the order of the documents, taken as these pass by. size: documents at a
    time."""

    def __init__(self, path: Path, size: int) -> None:
        self._file = pq.ParquetFile(path) if path.exists() else None
        self._coming = iter(self._file.iter_batches(batch_size=size)) if self._file is not None else iter(())
        self._size = size
        self._rows: pa.Table | None = None

    def of(self, ids: pa.Array) -> tuple[pa.Array, pa.Table | None]:
        """Where each document stands in the rows, null where it does not; no rows where none does."""
        while self._file is not None and (self._rows is None or len(self._rows) < self._size):
            batch = next(self._coming, None)
            if batch is None:
                break
            more = pa.Table.from_batches([batch])
            self._rows = more if self._rows is None else pa.concat_tables([self._rows, more])
        if self._rows is None or not len(self._rows):
            return ids, None
        rows = self._rows.slice(0, self._size).combine_chunks()
        place = pc.index_in(ids, rows["id"].combine_chunks())
        taken = len(place) - place.null_count
        if not taken:
            return place, None
        self._rows = self._rows.slice(taken)
        return place, rows


def _overlaid(batch: pa.RecordBatch, rows: pa.Table, place: pa.Array) -> pa.RecordBatch:
    """The batch with text and masks of the rows where these have some."""
    own = pa.array(np.arange(len(batch)), pa.int64())
    take = pc.coalesce(pc.add(place.cast(pa.int64()), len(batch)), own)
    columns = []
    for name in batch.schema.names:
        column = batch[name]
        if name in _TEXT:
            other = rows[name].combine_chunks()
            column = pa.concat_arrays([column, other.cast(column.type)]).take(take)
        columns.append(column)
    return pa.record_batch(columns, names=batch.schema.names)


def _beside(shard: Path, name: str) -> Path:
    """Where a shard's changes or drops lie. Another table of documents in the same step, such as `routed`,
    has none."""
    return (
        shard.parent.parent
        / (name if shard.parent.name == "documents" else f"{shard.parent.name}-{name}")
        / shard.name
    )
