"""Shards of documents as earlier steps write them, for tests of the steps that read them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, texts
from rewarm.data.tokenize.step import SCHEMA as TOKENS


def identity(number: int) -> str:
    """The ID of the document with this number."""
    return f"{number:020x}"


def numbers(ids: Iterable[str | bytes]) -> list[int]:
    """The numbers of documents, from IDs as text or bytes."""
    return [int(one, 16) if isinstance(one, str) else int.from_bytes(one, "big") for one in ids]


def write_tokens(
    folder: Path, tokens: Sequence[Any], number: int = 0, first: int = 0, **columns: Any
) -> None:
    """Shard `number` of tokens; document `first` and on. columns: those that are not plain."""
    folder.mkdir(parents=True, exist_ok=True)
    count = len(tokens)
    rows = {
        "id": [identity(first + row) for row in range(count)], "source": ["s"] * count,
        "heldout": [False] * count, "tokens": tokens, "bytes": [1] * count, "masked": [[]] * count, **columns,
    }  # fmt: skip
    with pa.ipc.new_file(str(folder / f"{number:05}.arrow"), TOKENS) as writer:
        writer.write_table(pa.table(rows, schema=TOKENS))


def read_documents(folder: Path) -> list[dict[str, Any]]:
    """The documents of a step as the next one sees them. folder: its `documents`."""
    return [row for shard in documents.shards(folder) for row in texts.read(shard).to_pylist()]


def write_documents(folder: Path, rows: Sequence[dict[str, Any]], number: int = 0) -> None:
    """Write shard `number`; columns that a row lacks get plain values."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"source": "s", "masks": [], "meta": "{}"}
    whole = [{**plain, "origin": f"f:{row['id']}", **row} for row in rows]
    whole = [{name: row[name] for name in documents.SCHEMA.names} for row in whole]
    table = pa.Table.from_pylist(whole, schema=documents.SCHEMA)
    pq.write_table(table, folder / f"{number:05}.parquet")


def write_keep(folder: Path, rows: Sequence[dict[str, Any]], number: int = 0) -> None:
    """What `dedupe` and later steps say of each document; one that says nothing is kept and trained on."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "id": pa.array([row["id"] for row in rows], pa.string()),
        "keep": pa.array([row.get("keep", True) for row in rows], pa.bool_()),
        "heldout": pa.array([row.get("heldout", False) for row in rows], pa.bool_()),
    }
    pq.write_table(pa.table(columns), folder / f"{number:05}.parquet")
