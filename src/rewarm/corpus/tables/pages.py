"""Pages of documents: where each stands in the text that `collect` gave, and how readable it is."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.engine.publish import writing

SPAN = pa.struct([("kind", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("page", pa.int32()),
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("quality", pa.float32()),
        ("via", pa.string()),
        ("flags", pa.list_(pa.string())),
        ("scores", pa.string()),
        ("spans", pa.list_(SPAN)),
    ]
)


class Writer:
    """Rows of one shard, written when the shard ends; a shard without pages has an empty table."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._columns: list[list[Any]] = [[] for _ in SCHEMA.names]

    def add(self, identity: str, pages: Iterable[Any]) -> None:
        """Add a document's pages: number, start, end, quality, via, flags, scores, spans."""
        for page in pages:
            row = (
                identity, page.number, page.start, page.end, page.quality, page.via, list(page.flags),
                orjson.dumps(page.scores).decode(),
                [{"kind": kind, "start": start, "end": end} for kind, start, end in page.spans],
            )  # fmt: skip
            for column, value in zip(self._columns, row, strict=True):
                column.append(value)

    def close(self) -> None:
        """Write the shard."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        arrays = [pa.array(column, kind) for column, kind in zip(self._columns, SCHEMA.types, strict=True)]
        with writing(self._path) as aside:
            pq.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA), aside, compression="zstd")
