"""The check afterwards: no surrogate and no beginning of surrogates has become a frequent phrase.

A value that stands in for thousands of others would be the placeholder that surrogates are there to
avoid. What counts is documents, not occurrences.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents
from rewarm.engine.publish import writing

SCHEMA = pa.schema([("type", pa.string()), ("surrogate", pa.string()), ("pattern", pa.string())])
TABLE = "surrogates.json"
_FEW = 10


def pattern(type: str, value: str) -> str:
    """What surrogates of a type may share by accident: an e-mail's domain, else the first half."""
    if type == "email":
        return value[value.find("@") :] if "@" in value else value
    if type == "address":
        return re.sub(r"[0-9]+", "0", value)
    return value if type == "name" else value[: (len(value) + 1) // 2]


def rows(surrogates: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """A document's surrogates as the shard's table holds them."""
    return [
        {"type": type, "surrogate": value, "pattern": pattern(type, value)}
        for type, value in sorted(surrogates)
    ]


def check(folder: Path, documents_total: int, most: float) -> int:
    """Write `surrogates.json`: by type, documents, distinct values, the most frequent ones; return how many
    values stand in more than `most` of all documents (and in more than ten)."""
    shards = [pq.read_table(path) for path in documents.shards(folder / "surrogates")]
    table = pa.concat_tables(shards) if shards else SCHEMA.empty_table()
    limit = max(_FEW, most * documents_total)
    summary: dict[str, Any] = {}
    frequent = 0
    for type in sorted(pc.unique(table["type"]).to_pylist()):
        mine = table.filter(pc.equal(table["type"], type))
        values, patterns = (_counted(mine, column) for column in ("surrogate", "pattern"))
        over = values.filter(pc.greater(values["count"], limit))
        frequent += len(over)
        summary[type] = {
            "uses": len(mine),
            "distinct": len(values),
            "most_frequent": values.slice(0, 3).to_pylist(),
            "most_frequent_patterns": patterns.slice(0, 3).to_pylist(),
            "too_frequent": len(over),
        }
    with writing(folder / TABLE) as aside:
        aside.write_text(json.dumps(summary, ensure_ascii=False, indent=1, sort_keys=True))
    return frequent


def _counted(table: pa.Table, column: str) -> pa.Table:
    counted = table.group_by([column]).aggregate([([], "count_all")])
    named = pa.table({"value": counted[column], "count": counted["count_all"]})
    return named.sort_by([("count", "descending"), ("value", "ascending")])
