"""The section of tasks: hostile items are text, and without an evaluation the command is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from rewarm.corpus.tables import task_results
from rewarm.corpus.tables.task_results import TaskResult
from rewarm.report import page
from rewarm.runs import evaluation
from rewarm.runs.run import Run

_SHARES = (0.25, 0.5, 0.4, 0.33, 0.2, -0.1, -0.15, -0.05, 0.01, 0.02, 1.5, 1.6, 0.1, 0.05, 0.15)


@pytest.fixture
def evaluated(run: Any) -> Run:
    """The run of conftest.py, evaluated."""
    folder = run.folder / evaluation.FOLDER
    folder.mkdir()
    row = TaskResult("arc", "cloze", 80, *_SHARES, outcome="forgotten", why="8 lost", lost=["i1"] * 8)
    task_results.write(folder / "tasks.json", [row], {})
    items = [
        {"task": "arc", "id": f"i{n}", "change": "lost", "question": "<script>alert(1)</script>",
         "options": ["a", "b"], "gold": [0]}
        for n in range(8)
    ]  # fmt: skip
    (folder / "items.jsonl").write_text("\n".join(map(json.dumps, items)))
    documents = {"lost": [{"id": "d1", "change": 0.2, "text": "<b>bold</b>"}], "gained": []}
    (folder / "channels.json").write_text(json.dumps({"channels": [], "documents": documents}))
    line = {"kind": "task", "name": "arc", "outcome": "forgotten", "change": -0.1, "low": -0.15,
            "high": -0.05, "why": "8 lost", "repair": "an anneal with math"}  # fmt: skip
    verdict = {"learned": [], "retained": [], "forgotten": [line], "not_measurable": []}
    verdict["notes"] = ["odd"]
    (folder / "verdict.json").write_text(json.dumps(verdict))
    return Run(run.folder)


def test_the_section_shows_tasks_items_and_documents_as_text(evaluated: Run) -> None:
    html = page.render(evaluated).read_text()
    section = html[html.index('<section id="tasks">') : html.index('<section id="training">')]
    assert "<script" not in section and "&lt;script&gt;" in section and "&lt;b&gt;bold" in section
    assert "an anneal with math" in section and "odd" in section and "0.500" in section
    assert section.count("alert(1)") == 5, "some examples, not all"


def test_without_an_evaluation_the_command_is_named(run: Any) -> None:
    html = page.render(Run(run.folder)).read_text()
    assert "rewarm evaluate" in html and "has not been run" in html


def test_a_stopped_evaluation_is_not_shown(evaluated: Run, tmp_path: Path) -> None:
    (evaluated.path / evaluation.FOLDER / "verdict.json").unlink()
    assert evaluation.read(evaluated) is None
