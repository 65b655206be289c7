"""The log file of a run, and progress as lines."""

import re
import sys
from pathlib import Path

import click
import pytest

from rewarm.engine import progress as shown
from rewarm.engine import run_log


def logged(folder: Path) -> list[str]:
    lines = (folder / run_log.NAME).read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ", line) for line in lines)
    return [line[21:] for line in lines]


def test_lines_of_both_streams_are_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err = sys.stdout, sys.stderr
    with run_log.copied_to(tmp_path):
        click.echo("collect   900 documents")
        print("half a", end=" ", file=sys.stderr)
        print("line", file=sys.stderr)
        sys.stderr.write("\rtrain:  40%|####")
        sys.stderr.write("\rtrain:  41%|####")
        run_log.add("train      41 %")
        print("incident", file=sys.stderr)
    with run_log.copied_to(tmp_path):
        print("resumed")
    print("after the run")
    assert (sys.stdout, sys.stderr) == (out, err)
    assert logged(tmp_path) == [
        "collect   900 documents",
        "half a line",
        "train      41 %",
        "incident",
        "resumed",
    ]
    said = capsys.readouterr()
    assert said.out.splitlines() == ["collect   900 documents", "resumed", "after the run"]
    assert "\rtrain:  41%" in said.err and "train      41 %" not in said.err


def test_a_full_disk_does_not_stop_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    log = run_log.RunLog(Path("/dev/full"))
    log.line("collect")
    log.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that tqdm and `progress` see; a test sets them."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("tqdm.std.time", lambda: now[0])
    return now


def test_a_log_gets_lines_with_the_time_left(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with shown.progress("train", total=1000, unit="tok") as bar:
        for _ in range(100):
            clock[0] += 1
            bar.update(10)
    lines = capsys.readouterr().err.splitlines()
    assert 3 <= len(lines) <= 5 and "\r" not in "".join(lines)
    assert re.fullmatch(r"train      3\d %   3\d0 of 1,000 tok   10 tok/s   01:\d\d left", lines[0])
    assert lines[-1].startswith("train     100 %   1,000 of 1,000 tok")


def test_short_work_prints_nothing(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with shown.progress("clean", total=3, unit="shard") as bar:
        clock[0] += 1
        bar.update(3)
    assert capsys.readouterr().err == ""


def test_slow_work_gets_a_line_every_ten_minutes(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with shown.progress("train", total=1_000_000, unit="tok") as bar:
        for _ in range(60):
            clock[0] += 60
            bar.update(1)
    assert 5 <= len(capsys.readouterr().err.splitlines()) <= 7


def test_a_terminal_keeps_its_bar_and_the_log_gets_lines(
    clock: list[float], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with run_log.copied_to(tmp_path), shown.progress("train", total=100, unit="tok") as bar:
        for _ in range(50):
            clock[0] += 1
            bar.update(2)
    assert "\rtrain" in capsys.readouterr().err
    assert len(logged(tmp_path)) in (1, 2) and "left" in logged(tmp_path)[0]
