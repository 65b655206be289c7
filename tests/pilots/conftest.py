"""A corpus in two kinds of text, and a recipe whose mix is to be studied."""

import json
from pathlib import Path

import pytest
from command_line import document, write_recipe

STAGE = {"name": "adapt", "tokens": 8192, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}}


@pytest.fixture
def recipe(tmp_path: Path, model: Path) -> Path:
    for kind in ("law", "api"):
        rows = [json.dumps({"text": document(kind, number)}, ensure_ascii=False) for number in range(120)]
        (tmp_path / f"{kind}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sources = [
        {"name": "law", "path": "law.jsonl", "labels": {"language": "zh", "task": "domain"}},
        {"name": "api", "path": "api.jsonl", "labels": {"language": "en", "task": "general"}},
    ]
    return write_recipe(tmp_path, model, sources=sources, stages=[STAGE])
