"""The document table: one row a document, one Parquet file a shard."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import masks

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("text", pa.string()),
        ("source", pa.string()),
        ("origin", pa.string()),
        ("meta", pa.string()),
        ("masks", masks.TYPE),
    ]
)


def document_id(source: str, position: str) -> str:
    """20 hex digits from the source's name and the position in it: the same in every run.

    position: file inside the source and record in it, without folders that differ by machine.
    80 bits make two equal ids among a billion documents a matter of 1 in 2 million.
    """
    return hashlib.blake2b(f"{source}\0{position}".encode(), digest_size=10).hexdigest()


def shards(folder: Path, suffix: str = ".parquet") -> list[Path]:
    """The shard files of a table, in order."""
    return sorted(path for path in folder.iterdir() if path.suffix == suffix)


def rows(folder: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    """Every row of a table of Parquet shards, batch by batch, in order."""
    for shard in shards(folder):
        for batch in pq.ParquetFile(shard).iter_batches(batch_size=1024, columns=columns):
            yield from batch.to_pylist()
