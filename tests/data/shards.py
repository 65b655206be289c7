"""Shards of documents as earlier steps leave them, for the tests of the steps that read them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents


def write_documents(folder: Path, rows: Sequence[dict[str, Any]], number: int = 0) -> None:
    """Shard `number`; what a row does not say is as plain as can be."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"source": "s", "labels": [], "masks": [], "meta": "{}"}
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
