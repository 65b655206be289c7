"""A small world for the command line: a corpus in two kinds of text, a recipe."""

import json
from pathlib import Path

import pytest
from command_line import document, write_recipe


@pytest.fixture
def world(tmp_path: Path, model: Path) -> Path:
    """A folder with `law/` (Chinese, the domain) and `api/` (English), and `recipe.yaml`."""
    for kind in ("law", "api"):
        (tmp_path / kind).mkdir()
        for part in range(3):
            rows = [
                json.dumps({"text": document(kind, part * 150 + n)}, ensure_ascii=False) for n in range(150)
            ]
            (tmp_path / kind / f"{part}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_recipe(tmp_path, model)
    return tmp_path
