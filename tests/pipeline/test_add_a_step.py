"""`docs/how-to/add-a-step.md`, done: the step in it is added to a copy of the package and run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from rewarm.pipeline.import_closure import PACKAGE

PAGE = Path(__file__).parents[2] / "docs/how-to/add-a-step.md"
# What the page has in its lists, put behind this line of the file.
ENTRIES = {
    "recipe/__init__.py": ("from rewarm.recipe.engine import Engine\n", "    dedupe: Dedupe = Dedupe()\n"),
    "pipeline/step_list.py": ("from rewarm.data.mix.declaration import STEP as MIX\n", "        REDACT,\n"),
}


def blocks() -> dict[str, list[str]]:
    """File of the package → the code that the page shows of it, in paragraphs of lines."""
    found = re.findall(r"`src/rewarm/([\w/.]+)`[^`]*\n\n```python\n(.*?)```", PAGE.read_text(), re.S)
    return {name: code if name not in ENTRIES else code.split("\n\n") for name, code in found}


def add_the_step(package: Path) -> int:
    """How many lines of other files it takes."""
    added = 0
    for name, code in blocks().items():
        path = package / name
        if name not in ENTRIES:
            path.parent.mkdir(exist_ok=True)
            path.write_text(code)
            continue
        text = path.read_text()
        for anchor, lines in zip(ENTRIES[name], code, strict=True):
            assert text.count(anchor) == 1
            text = text.replace(anchor, anchor + lines.removeprefix(anchor).rstrip("\n") + "\n")
            added += 1
        path.write_text(text)
    return added


@pytest.fixture
def package(tmp_path: Path) -> Path:
    copy = tmp_path / "src/rewarm"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def recipe(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "texts.jsonl").write_text(
        "".join(
            json.dumps({"text": f"{number} " + "apples\n" * number + " pears  "}) + "\n"
            for number in range(40)
        )
    )
    return {
        "name": "toy",
        "model": "none",
        "sources": [{"name": "texts", "path": "texts.jsonl"}],
        "redact": {"enabled": False},
        "stages": [{"name": "adapt", "tokens": 1000, "mix": {"texts": 1}}],
    }


def run(package: Path, recipe: dict[str, object], until: str) -> dict[str, str]:
    """Directories by step."""
    world = package.parents[1]
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    start = [sys.executable, "-m", "rewarm", "run", "recipe.yaml", "--until", until]
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "REWARM_CACHE": str(world / "cache")}
    done = subprocess.run(start, cwd=world, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    steps: dict[str, str] = json.loads((world / "runs/toy/run.json").read_text())["steps"]
    return steps


def test_a_step_is_a_folder_a_settings_file_and_two_entries(
    package: Path, recipe: dict[str, object], tmp_path: Path
) -> None:
    before = run(package, recipe, "redact")
    assert add_the_step(package) == 4  # an import and an entry in each list
    after = run(package, recipe, "longest_line")
    assert {name: folder for name, folder in after.items() if name != "longest_line"} == before

    steps = tmp_path / "runs/toy/steps"
    (table,) = (steps / after["longest_line"] / "attributes").glob("*.parquet")
    (texts,) = (steps / after["redact"] / "documents").glob("*.parquet")
    rows, read = pq.read_table(table), pq.read_table(texts, columns=["id", "text"])
    assert rows["id"].equals(read["id"])
    assert rows["longest_line"].to_pylist() == [
        max(len(line.strip()) for line in text.splitlines()) for text in read["text"].to_pylist()
    ]

    changed = run(package, {**recipe, "longest_line": {"strip": False}}, "longest_line")
    assert {name for name in after if changed[name] != after[name]} == {"longest_line"}
