"""The table of a task's scores under one model: a row an item.

For items with options: `candidates` (positions of options; several for a multiple-select candidate) and per
candidate the negative log-likelihood in nats, its tokens, characters and UTF-8 bytes. For open items one
candidate, the gold answer. `gold` is the candidate that is right; `choice` the one that the model chose, -1
for a generated answer. `correct` follows the task's normalisation, `correct_*` each of them.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.engine.publish import writing

NORMALISATIONS = ("none", "tokens", "characters", "bytes")
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("group", pa.string()),
        ("labels", pa.string()),
        ("kind", pa.string()),
        ("candidates", pa.list_(pa.list_(pa.int16()))),
        ("nats", pa.list_(pa.float64())),
        ("tokens", pa.list_(pa.int32())),
        ("characters", pa.list_(pa.int32())),
        ("bytes", pa.list_(pa.int32())),
        ("gold", pa.int16()),
        ("choice", pa.int16()),
        ("answer", pa.string()),
        ("correct", pa.bool_()),
        *((f"correct_{name}", pa.bool_()) for name in NORMALISATIONS),
        ("greedy", pa.bool_()),
        ("chance", pa.float64()),
    ]
)


def write(path: Path, table: pa.Table, about: dict[str, Any]) -> None:
    """Write the table with what it was scored with (task, model, form, prompt …) as metadata."""
    with writing(path) as aside:
        pq.write_table(
            table.replace_schema_metadata({"rewarm": json.dumps(about, ensure_ascii=False)}), aside
        )


def read(path: Path) -> tuple[pa.Table, dict[str, Any]]:
    """The table and what it was scored with."""
    table = pq.read_table(path)
    return table, json.loads((table.schema.metadata or {}).get(b"rewarm", b"{}"))
