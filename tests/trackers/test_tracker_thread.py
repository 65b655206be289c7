"""A tracker that fails, hangs or is not there never stops training, and is told of once."""

import threading
import time
from pathlib import Path

import course
import pytest

from rewarm.trackers import tracker_thread
from rewarm.trackers.tracker import Run


class Recorder:
    """A tracker that notes what it hears; faults: update → what it does then."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.said: dict[str, list[int]] = {}
        self.ended: dict[str, bool] = {}
        self.faults: dict[int, BaseException | threading.Event] = {}
        self.flushes = 0

    def open_run(self, run: Run) -> "Recorder":
        if isinstance(fault := self.faults.get(-1), BaseException):
            raise fault
        self.runs.append(run)
        self.said.setdefault(run.id, [])
        return self

    def log(self, update: int, values: dict[str, float]) -> None:
        fault = self.faults.get(update)
        if isinstance(fault, threading.Event):
            fault.wait()
        elif fault is not None:
            raise fault
        self.said[self.runs[-1].id].append(update)

    def flush(self) -> None:
        self.flushes += 1

    def close(self, *, whole: bool) -> None:
        self.ended[self.runs[-1].id] = whole


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(tracker_thread, "opener", lambda name: recorder.open_run)
    return recorder


def train(folder: Path, start: int, stop: int, *, end: bool = True, every: int = 1) -> None:
    log = course.log(folder, "tensorboard", start, every=every)
    for update in range(start, stop):
        log.add(course.row(update))
    log.seal()
    if end:
        log.close()
    else:
        course.kill(log)


def test_a_run_that_ended_in_order_goes_on_under_its_id(tmp_path: Path, recorder: Recorder) -> None:
    train(tmp_path, 0, 4)
    train(tmp_path, 4, 6)
    assert list(recorder.said.values()) == [[0, 1, 2, 3, 4, 5]]
    assert [run.again for run in recorder.runs] == [False, True]
    assert list(recorder.ended.values()) == [True]


def test_a_killed_run_goes_on_as_another(tmp_path: Path, recorder: Recorder) -> None:
    train(tmp_path, 0, 4, end=False)
    train(tmp_path, 2, 5)
    assert list(recorder.said.values()) == [[0, 1, 2, 3], [2, 3, 4]]
    assert [run.title for run in recorder.runs] == ["train-0123", "train-0123 from 2"]
    assert recorder.runs[1].left == recorder.runs[0].id


def test_a_roll_back_tells_no_run_an_update_twice(tmp_path: Path, recorder: Recorder) -> None:
    course.walk(tmp_path, "tensorboard")
    assert list(recorder.said.values()) == [list(range(8)), [6, 7, 8, 9, 10]]
    assert list(recorder.ended.values()) == [False, True]


def test_a_point_may_stand_for_several_updates(tmp_path: Path, recorder: Recorder) -> None:
    train(tmp_path, 0, 10, every=4)
    train(tmp_path, 10, 13, every=4)
    assert list(recorder.said.values()) == [[3, 7, 9, 11, 12]]


def test_what_cannot_be_opened_is_told_once_and_counted(
    tmp_path: Path, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.faults[-1] = OSError(28, "No space left on device")
    train(tmp_path, 0, 5)
    said = capsys.readouterr().err.splitlines()
    assert "tensorboard: could not be opened (OSError: [Errno 28]" in said[0] and "continues" in said[0]
    assert "failed 6 times" in said[1]
    assert len(said) == 2


def test_what_refuses_an_update_hears_the_next(
    tmp_path: Path, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.faults = {1: ConnectionError("gone"), 3: SystemExit(2)}
    train(tmp_path, 0, 5)
    assert list(recorder.said.values()) == [[0, 2, 4]]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "could not log (ConnectionError: gone)" in said[0] and "failed 2 times" in said[1]
    recorder.faults = {}
    train(tmp_path, 5, 6)
    assert recorder.runs[1].again is False, "what lacks updates is not gone on with"


def test_what_hangs_costs_a_checkpoint_some_seconds_once(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tracker_thread, "_FLUSH", 0.3)
    monkeypatch.setattr(tracker_thread, "_CLOSE", 0.3)
    monkeypatch.setattr(tracker_thread, "_QUEUE", 8)
    freed = threading.Event()
    recorder.faults[0] = freed
    log = course.log(tmp_path, "tensorboard", 0)
    began = time.monotonic()
    for update in range(30):
        log.add(course.row(update))
        if update % 3 == 2:
            log.seal()
    log.close()
    took = time.monotonic() - began
    freed.set()
    assert took < 5
    said = capsys.readouterr().err
    assert said.count("training continues") == 1 and "takes nothing any more" in said
    assert log.publish()[0] == 30
