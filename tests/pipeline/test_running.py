"""Steps run when something they depend on changed, and say what."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rewarm.model.base import Base
from rewarm.pipeline import running
from rewarm.pipeline.steps import Step

MODULE = """
from pathlib import Path

def letters(work):
    Path(work.folder, "letters").write_text(work.config["text"].lower())
    return {"letters": len(work.config["text"])}

def count(work):
    text = Path(work.inputs["letters"], "letters").read_text()
    Path(work.folder, "count").write_text(str(len(text) * work.config["factor"]))
    return {}
"""


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    (tmp_path / "steps_of_this_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("steps_of_this_test", None)
    return [
        Step("letters", "steps_of_this_test:letters", (), {"text": "Law"}, ("errors.py",)),
        Step("count", "steps_of_this_test:count", ("letters",), {"factor": 2}, ("errors.py",)),
    ]


def base() -> Base:
    raise AssertionError("no step needs a model")


def run(steps: list[Step], store: Path, previous: dict[str, str]) -> dict[str, running.Outcome]:
    found = {outcome.step: outcome for outcome in running.run(steps, store, base, previous)}
    previous.update({name: outcome.folder.name for name, outcome in found.items() if outcome.folder})
    return found


def test_what_is_done_is_not_done_again(steps: list[Step], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    assert [item.state for item in run(steps, tmp_path / "s", previous).values()] == ["ran", "ran"]
    again = run(steps, tmp_path / "s", previous)
    assert [item.state for item in again.values()] == ["done", "done"]
    assert again["letters"].counts == {"letters": 3}


def test_a_change_is_named_and_stops_where_the_content_is_the_same(steps: list[Step], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    run(steps, tmp_path / "s", previous)
    louder = [replace(steps[0], config={"text": "LAW"}), steps[1]]
    found = run(louder, tmp_path / "s", previous)
    assert found["letters"].why == "config changed: text (Law → LAW)"
    assert found["count"].state == "done"
    longer = [replace(steps[0], config={"text": "Laws"}), steps[1]]
    found = run(longer, tmp_path / "s", previous)
    assert found["count"].why == "input changed: letters"


def test_an_interrupted_step_says_so_and_goes_on(steps: list[Step], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    first = run(steps, tmp_path / "s", previous)["count"].folder
    assert first is not None
    first.rename(first.with_name(first.name + ".partial"))
    found = run(steps, tmp_path / "s", previous)
    assert found["count"].why.startswith("was interrupted")
    assert json.loads((first / "_manifest.json").read_text())["step"] == "count"


def test_a_dry_run_writes_nothing(steps: list[Step], tmp_path: Path) -> None:
    found = list(running.dry_run(steps, tmp_path / "s", base, {}))
    assert [(item.step, item.state) for item in found] == [("letters", "would run"), ("count", "may run")]
    assert not (tmp_path / "s").exists()


def test_lists_beside_the_code_are_part_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rules/lists").mkdir(parents=True)
    (tmp_path / "rules/find.py").write_text("x = 1")
    (tmp_path / "rules/lists/names.txt").write_text("one")
    monkeypatch.setattr(running, "__file__", str(tmp_path / "pipeline/running.py"))
    before = running._code(("rules",))
    (tmp_path / "rules/lists/names.txt").write_text("one two")
    assert running._code(("rules",)) != before
