"""activity.json and log.txt follow the steps of a run, and say how it ended."""

from pathlib import Path

import pytest

from rewarm.corpus.tables import activity
from rewarm.engine import run_log
from rewarm.errors import RewarmError, Stopped, Terminated
from rewarm.pipeline.recorded import recorded
from rewarm.pipeline.running import Outcome

STEPS = ["collect", "clean", "train"]


def outcome(step: str, state: str = "ran") -> Outcome:
    return Outcome(step, state, "", None, {"documents": 100}, 1.0)


def known(folder: Path) -> activity.Activity:
    found = activity.read(folder)
    assert found
    return found


def test_steps_are_followed(tmp_path: Path) -> None:
    told = []
    with recorded(tmp_path, STEPS, None, lambda _, one: told.append(one.step), ["note  here"]) as note:
        assert (known(tmp_path).step, known(tmp_path).done, known(tmp_path).state) == (
            "collect",
            0,
            "running",
        )
        note("", outcome("collect"))
        assert (known(tmp_path).step, known(tmp_path).done) == ("clean", 1)
        note("", outcome("clean"))
        note("", outcome("train", "begins"))
        assert (known(tmp_path).step, known(tmp_path).done) == ("train", 2)
        note("", outcome("train"))
    assert told == ["collect", "clean", "train", "train"]
    assert (known(tmp_path).state, known(tmp_path).done, known(tmp_path).steps) == ("finished", 3, 3)
    log = (tmp_path / run_log.NAME).read_text()
    assert (
        "clean     100 documents   1 s\n" in log
        and "train     begins" in log
        and "note  here" in log
        and "finished  3 of 3 steps" in log
    )


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (RewarmError("a.jsonl:3  no text\nAdd one"), "failed", "a.jsonl:3  no text"),
        (ValueError("odd"), "failed", "ValueError: odd"),
        (KeyboardInterrupt("after update 3"), "stopped", "after update 3"),
        (Terminated("after update 3"), "stopped", "after update 3"),
        (Stopped("stopped after block 1"), "stopped", "stopped after block 1"),
        (KeyboardInterrupt(), "stopped", "by Ctrl-C"),
    ],
)
def test_the_end_is_recorded(tmp_path: Path, error: BaseException, state: str, message: str) -> None:
    with pytest.raises(type(error)), recorded(tmp_path, STEPS, "clean", lambda *_: None):
        raise error
    found = known(tmp_path)
    assert (found.state, found.message, found.until) == (state, message, "clean") and found.ended
    log = (tmp_path / run_log.NAME).read_text()
    assert message in log and ("Traceback" in log) == isinstance(error, ValueError)
