"""Documents as collect leaves them, for the tests of the step."""

import json
from pathlib import Path
from typing import Any

from shards import write_documents

from rewarm.corpus.tables import documents
from rewarm.data.redact.step import run
from rewarm.engine.work import Work
from rewarm.recipe import Redact


def row(number: int, text: str, **more: Any) -> dict[str, Any]:
    given = {"source": "chats", "origin": f"a.jsonl:{number}", "labels": [], "meta": "{}", "masks": []}
    return {"id": f"{number:020x}", "text": text, **given, **more}


def redacted(
    folder: Path, rows: list[dict[str, Any]], sources: dict[str, str] | None = None, **settings: Any
) -> Path:
    """Run the step on one shard of these rows; the folder it wrote, with counts.json."""
    collected = folder / "collect"
    write_documents(collected / "documents", rows)
    target = folder / "redact"
    target.mkdir()
    config = {
        "redact": Redact(**settings).model_dump(mode="json"),
        "sources": sources or {"chats": "all"},
        "seed": 7,
    }
    counts = run(Work("redact", target, config, tables={"documents": [collected / "documents"]}))
    (target / "counts.json").write_text(json.dumps(counts))
    return target


def texts(folder: Path) -> list[dict[str, Any]]:
    return list(documents.rows(folder / "documents"))
