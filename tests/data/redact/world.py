"""Documents as collect leaves them, for the tests of the step."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus import documents
from rewarm.corpus.work import Work
from rewarm.data.redact.step import run
from rewarm.recipe import Redact


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    given = {"source": "chats", "origin": f"a.jsonl:{number}", "labels": [], "meta": "{}", "masks": []}
    return {"id": f"{number:020x}", "text": text, **given, **more}


def redacted(
    folder: Path, rows: list[dict[str, Any]], sources: dict[str, str] | None = None, **settings: Any
) -> Path:
    """Run the step on one shard of these rows; the folder it wrote, with counts.json."""
    collected = folder / "collect"
    (collected / "documents").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=documents.SCHEMA), collected / "documents/00000.parquet")
    target = folder / "redact"
    target.mkdir()
    config = {
        "redact": Redact(**settings).model_dump(mode="json"),
        "sources": sources or {"chats": "all"},
        "seed": 7,
    }
    counts = run(Work("redact", target, config, {"collect": collected}))
    (target / "counts.json").write_text(json.dumps(counts))
    return target


def texts(folder: Path) -> list[dict[str, Any]]:
    return list(documents.rows(folder / "documents"))
