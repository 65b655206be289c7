"""When a training asks before it leaves another's state behind, and what the answers do."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rewarm.engine.step import Step, Table
from rewarm.errors import AnswerNeeded
from rewarm.model.base import Base
from rewarm.pipeline import earlier_training, running, training_records
from rewarm.pipeline.earlier_training import Answer
from rewarm.pipeline.planning import Planned
from rewarm.pipeline.step_list import Read

MODULE = """
import json
from pathlib import Path
import pyarrow as pa, pyarrow.parquet as pq

def data(work):
    (work.folder / "table").write_text(str(work.config["seed"]))
    return {}

def train(work):
    if (work.folder / "_ended.json").exists():
        return {"updates": 3}
    if work.config["killed"]:
        (work.folder / "checkpoints/update-000002").mkdir(parents=True, exist_ok=True)
        raise KeyboardInterrupt
    (work.folder / "metrics").mkdir()
    log = pa.table({"seconds": [work.config["seconds"]] * 3})
    pq.write_table(log, work.folder / "metrics/updates.parquet")
    (work.folder / "model").write_text(str(work.config["rate"]))
    (work.folder / "_ended.json").write_text("{}")
    return {"updates": 3}
"""


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Planned:
    (tmp_path / "training_of_this_test.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("training_of_this_test", None)
    config = {"rate": 1, "train": {"batch_tokens": 8}}
    aside = {"seconds": 0, "killed": False}
    return Planned(Step("train", "training_of_this_test:train", keeps_state=True), config, aside)


def base() -> Base:
    raise AssertionError("no step needs a model")


class Run:
    """A run of one step, with its record."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.known: dict[str, str] = {}

    def go(self, step: Planned, answer: Answer = Answer.NONE, variant: str = "") -> list[str]:
        found = list(running.run([step], self.store, base, self.known, variant=variant, answer=answer))
        assert found[-1].folder is not None
        self.known["train"] = found[-1].folder.name
        return [outcome.state for outcome in found]

    def kill(self, step: Planned, variant: str = "") -> Path:
        with pytest.raises(KeyboardInterrupt):
            self.go(replace(step, aside={**step.aside, "killed": True}), variant=variant)
        return max(self.store.glob("train-*.partial"), key=lambda path: path.stat().st_mtime_ns)

    def dry(self, step: Planned, answer: Answer = Answer.NONE) -> running.Outcome:
        (found,) = running.dry_run([step], self.store, base, self.known, answer=answer)
        return found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "steps")


def faster(step: Planned) -> Planned:
    return replace(step, config={**step.config, "rate": 2})


def test_a_short_finished_training_is_tried_again_without_a_question(run: Run, train: Planned) -> None:
    run.go(replace(train, aside={**train.aside, "seconds": 1100}))
    before = run.store / run.known["train"]
    assert run.dry(faster(train)).state == "would run"
    assert run.go(faster(train)) == ["ran"]
    assert before.is_dir()


def test_a_long_finished_training_is_kept_or_trained_anew(run: Run, train: Planned) -> None:
    long = replace(train, aside={**train.aside, "seconds": 1300})
    run.go(long)
    before = run.store / run.known["train"]
    with pytest.raises(
        AnswerNeeded, match=r"finished training of 1\.1 hours \(3 updates\)(.|\n)*rate: 1 → 2"
    ):
        run.go(faster(long))
    said = run.dry(faster(long))
    assert said.state == "stops" and "keep its model as the result" in said.why
    assert run.dry(faster(long), Answer.RESTART).why.startswith("train from the start")
    known = dict(run.known)
    assert run.go(faster(long), Answer.CONTINUE) == ["begins", "ran"]
    kept = run.store / run.known["train"]
    assert kept != before and (kept / "model").read_text() == "1"
    (change,) = json.loads((kept / "continued.json").read_text())
    assert change["finished"] and change["changes"] == ["recipe  rate: 1 → 2"]
    assert training_records.continued(kept) == [change]
    assert run.go(faster(long)) == ["done"]

    run.known = known
    other = replace(long, config={**long.config, "rate": 3})
    assert run.go(other, Answer.RESTART) == ["begins", "ran"]
    assert (run.store / run.known["train"] / "model").read_text() == "3"


def test_an_unfinished_training_is_asked_about_until_it_is_answered(run: Run, train: Planned) -> None:
    partial = run.kill(train)
    for _ in range(2):
        with pytest.raises(AnswerNeeded, match="unfinished training at update 2"):
            run.go(faster(train))
    assert run.go(faster(train), Answer.RESTART) == ["begins", "ran"]
    assert partial.is_dir() and earlier_training.given_up(run.store) == {partial.name}
    # The old settings again: their state was given up, but it is theirs.
    assert run.go(train) == ["ran"]


def test_one_training_goes_on_through_several_changes(run: Run, train: Planned) -> None:
    run.kill(train)
    with pytest.raises(KeyboardInterrupt):
        killed = replace(faster(train), aside={**train.aside, "killed": True})
        list(running.run([killed], run.store, base, {}, answer=Answer.CONTINUE))
    (partial,) = run.store.glob("train-*.partial")
    assert [change["changes"] for change in training_records.continued(partial)] == [["recipe  rate: 1 → 2"]]
    third = replace(train, config={**train.config, "rate": 3})
    assert run.go(third, Answer.CONTINUE) == ["begins", "ran"]
    changes = json.loads((run.store / run.known["train"] / "continued.json").read_text())
    assert [change["changes"] for change in changes] == [["recipe  rate: 1 → 2"], ["recipe  rate: 2 → 3"]]


def test_a_kill_between_the_note_and_the_rename_is_completed(
    run: Run, train: Planned, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = run.kill(train)
    with monkeypatch.context() as patch:
        patch.setattr(
            training_records, "complete_renames", lambda store: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            run.go(faster(train), Answer.CONTINUE)
    assert old.is_dir()
    assert run.go(faster(train)) == ["ran"]
    assert not old.exists()
    (change,) = training_records.continued(run.store / run.known["train"])
    assert change["update"] == 2


def test_a_dry_run_stops_where_it_is_certain_before_the_data_is_made(run: Run, train: Planned) -> None:
    table = Table("table", "table")
    data = Planned(Step("data", "training_of_this_test:data", writes=(table,)), {"seed": 1})
    reads = replace(train, reads=(Read(table, "data"),))
    with pytest.raises(KeyboardInterrupt):
        killed = replace(reads, aside={**train.aside, "killed": True})
        list(running.run([data, killed], run.store, base, {}))
    other = replace(data, config={"seed": 2})

    def foretold(*steps: Planned) -> list[tuple[str, str]]:
        found = running.dry_run(list(steps), run.store, base, {})
        return [(outcome.state, outcome.why) for outcome in found]

    (_, (state, why)) = foretold(other, reads)
    assert state == "may run" and "an unfinished training at update 2 is in" in why
    (_, (state, why)) = foretold(other, faster(reads))
    assert state == "stops" and "rate: 1 → 2" in why
    (_, (state, why)) = foretold(data, reads)
    assert state == "would run" and why.startswith("was interrupted")
    with pytest.raises(AnswerNeeded, match="input   data/table"):
        list(running.run([other, reads], run.store, base, {}))


def test_another_variants_training_is_left_alone(run: Run, train: Planned) -> None:
    partial = run.kill(train, variant="slow")
    assert run.go(faster(train), variant="fast") == ["ran"]
    assert partial.is_dir() and partial.name in earlier_training.kept(run.store)


def test_a_training_of_a_version_without_records_is_protected_too(run: Run, train: Planned) -> None:
    partial = run.kill(train)
    (partial / "_begun.json").unlink()
    partial.rename(partial.with_name("train-0123456789abcdef.partial"))
    with pytest.raises(AnswerNeeded, match="recorded neither its files nor the recipe's values"):
        run.go(train)
    assert run.go(train, Answer.CONTINUE) == ["begins", "ran"]
    (change,) = training_records.continued(run.store / run.known["train"])
    assert change["from"] == "0123456789abcdef"
