"""A small world for the command line: a corpus in two kinds of text, a recipe."""

import json
from pathlib import Path

import pytest
from command_line import document, write_recipe


def make_world(folder: Path, model: Path) -> Path:
    for kind in ("law", "api"):
        (folder / kind).mkdir()
        for part in range(3):
            rows = [
                json.dumps({"text": document(kind, part * 150 + n)}, ensure_ascii=False) for n in range(150)
            ]
            (folder / kind / f"{part}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_recipe(folder, model)
    return folder


@pytest.fixture
def world(tmp_path: Path, model: Path) -> Path:
    """A folder with `law/` (Chinese, the domain) and `api/` (English), and `recipe.yaml`."""
    return make_world(tmp_path, model)


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory, model: Path) -> Path:
    """The same for all tests of a file, whose runs lie beside each other."""
    return make_world(tmp_path_factory.mktemp("world"), model)
