"""Documents on their way to a shard."""

from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, labels
from rewarm.corpus.tables.masks import to_rows
from rewarm.data.collect.records import Record, encodable, take

_BATCH_ROWS = 2000
_BATCH_BYTES = 32 * 2**20
_META_BYTES = 2048


class Batch:
    """Rows on their way to a shard, written by 2,000 or 32 MB: memory stays small for books, too.

    labels: id and labels of the documents that bring some.
    """

    def __init__(self, writer: pq.ParquetWriter, source: dict[str, Any]) -> None:
        self._writer = writer
        self._source = source["name"]
        self._fields: dict[str, str] = source.get("label_fields") or {}
        self.labels: list[tuple[str, dict[str, str]]] = []
        self._rows: list[tuple[str, bytes, str, str, list[dict[str, int]]]] = []
        self._bytes = 0

    def add(self, identity: str, text: str, origin: str, record: Record) -> int:
        """Add a document; the UTF-8 bytes of its text."""
        encoded = text.encode()
        own = {axis: labels.text_of(take(record.value, path)) for axis, path in self._fields.items()}
        if named := {axis: encodable(label) for axis, label in own.items() if label is not None}:
            self.labels.append((identity, named))
        self._rows.append((identity, encoded, origin, _json(record.meta), to_rows(record.masks)))
        self._bytes += len(encoded)
        if len(self._rows) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
            self.flush()
        return len(encoded)

    def flush(self) -> None:
        """Write the documents that wait as one row group; nothing when none wait."""
        if not self._rows:
            return
        identity, text, origin, meta, masks = zip(*self._rows, strict=True)
        rows = len(self._rows)
        columns = [identity, text, [self._source] * rows, origin, meta, masks]
        arrays = [
            pa.array(column, kind) for column, kind in zip(columns, documents.SCHEMA.types, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=documents.SCHEMA))
        self._rows, self._bytes = [], 0


def _json(meta: dict[str, Any]) -> str:
    """The fields that fit in 2 kB, in order."""
    try:
        whole = orjson.dumps(meta)
    except TypeError:  # A lone surrogate, a name that is no string.
        whole = b""
    if 0 < len(whole) < _META_BYTES:
        return whole.decode()
    kept: list[bytes] = []
    room = _META_BYTES - 2
    for name, value in meta.items():
        value = encodable(value) if isinstance(value, str) else value
        part = orjson.dumps({encodable(str(name)): value})[1:-1]
        if len(part) + 1 <= room:
            kept.append(part)
            room -= len(part) + 1
    return f"{{{b','.join(kept).decode()}}}"
