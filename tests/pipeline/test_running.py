"""Steps run when something they depend on changed, and say what."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rewarm.engine.step import Step, Table
from rewarm.model.base import Base
from rewarm.pipeline import running
from rewarm.pipeline.planning import Planned
from rewarm.pipeline.step_list import Read

LETTERS, NOTES = Table("letters", "letters"), Table("ledger", "ledger")
MODULE = """
from pathlib import Path

def letters(work):
    Path(work.folder, "letters").write_text(work.config["text"].lower())
    Path(work.folder, "ledger").mkdir()
    Path(work.folder, "ledger/notes").write_text(work.config.get("note", ""))
    return {"letters": len(work.config["text"])}

def count(work):
    text = work.table("letters").read_text()
    Path(work.folder, "count").write_text(str(len(text) * work.config["factor"]))
    return {}
"""


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Planned]:
    (tmp_path / "steps_of_this_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("steps_of_this_test", None)
    return [
        Planned(Step("letters", "steps_of_this_test:letters", writes=(LETTERS, NOTES)), {"text": "Law"}),
        Planned(
            Step("count", "steps_of_this_test:count", reads=(LETTERS,)),
            {"factor": 2},
            {},
            (Read(LETTERS, "letters"),),
        ),
    ]


def base() -> Base:
    raise AssertionError("no step needs a model")


def run(steps: list[Planned], store: Path, previous: dict[str, str]) -> dict[str, running.Outcome]:
    found = {outcome.step: outcome for outcome in running.run(steps, store, base, previous)}
    previous.update({name: outcome.folder.name for name, outcome in found.items() if outcome.folder})
    return found


def test_what_is_done_is_not_done_again(steps: list[Planned], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    assert [item.state for item in run(steps, tmp_path / "s", previous).values()] == ["ran", "ran"]
    again = run(steps, tmp_path / "s", previous)
    assert [item.state for item in again.values()] == ["done", "done"]
    assert again["letters"].counts == {"letters": 3}


def test_a_change_is_named_and_stops_where_the_content_is_the_same(
    steps: list[Planned], tmp_path: Path
) -> None:
    previous: dict[str, str] = {}
    run(steps, tmp_path / "s", previous)
    louder = [replace(steps[0], config={"text": "LAW"}), steps[1]]
    found = run(louder, tmp_path / "s", previous)
    assert found["letters"].why == "config changed: text (Law → LAW)"
    assert found["count"].state == "done"
    longer = [replace(steps[0], config={"text": "Laws"}), steps[1]]
    found = run(longer, tmp_path / "s", previous)
    assert found["count"].why == "input changed: letters/letters"


def test_an_interrupted_step_says_so_and_goes_on(steps: list[Planned], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    first = run(steps, tmp_path / "s", previous)["count"].folder
    assert first is not None
    first.rename(first.with_name(first.name + ".partial"))
    found = run(steps, tmp_path / "s", previous)
    assert found["count"].why.startswith("was interrupted")
    assert json.loads((first / "_manifest.json").read_text())["step"] == "count"


def test_a_dry_run_writes_nothing(steps: list[Planned], tmp_path: Path) -> None:
    found = list(running.dry_run(steps, tmp_path / "s", base, {}))
    assert [(item.step, item.state) for item in found] == [("letters", "would run"), ("count", "may run")]
    assert not (tmp_path / "s").exists()


def test_a_table_that_nobody_reads_reruns_nothing(steps: list[Planned], tmp_path: Path) -> None:
    previous: dict[str, str] = {}
    run(steps, tmp_path / "s", previous)
    noted = [replace(steps[0], config={"text": "Law", "note": "another"}), steps[1]]
    found = run(noted, tmp_path / "s", previous)
    assert found["letters"].state == "ran" and found["count"].state == "done"


def test_a_new_version_of_a_named_library_reruns(
    steps: list[Planned], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    previous: dict[str, str] = {}
    versions = {"ftfy": "6.3", "numpy": "2.0"}
    monkeypatch.setattr(running, "_version", versions.__getitem__)
    named = [replace(steps[0], step=replace(steps[0].step, libraries=("ftfy",))), steps[1]]
    run(named, tmp_path / "s", previous)
    versions.update(numpy="2.1")
    assert run(named, tmp_path / "s", previous)["letters"].state == "done"
    versions.update(ftfy="6.4")
    found = run(named, tmp_path / "s", previous)
    assert found["letters"].why == "library changed: ftfy (6.3 → 6.4)"
    assert found["count"].state == "done"


def test_a_step_finds_only_the_tables_that_it_declares(steps: list[Planned], tmp_path: Path) -> None:
    blind = [steps[0], replace(steps[1], reads=(Read(NOTES, "letters"),))]
    with pytest.raises(KeyError, match="letters"):
        run(blind, tmp_path / "s", {})
