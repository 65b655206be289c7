"""`rewarm board` as a user starts it, and `rewarm report` on a run that trains."""

import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import made_runs
import pytest
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.corpus.tables import run_record
from rewarm.report import live


def test_the_printed_address_opens_the_board_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    made_runs.training(tmp_path / "law", updates=2, sealed=0)
    command = [sys.executable, "-m", "rewarm", "board", str(tmp_path)]
    # A shell's background job, as of a test runner, ignores the signal, and so would its children.
    heeds = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=heeds) as board:
        try:
            assert board.stdout is not None
            lines = [board.stdout.readline() for _ in range(4)]
            address = next(line.split()[1] for line in lines if line.startswith("open"))
            assert lines[0] == f"board     1 run under {tmp_path}\n"
            opener, root = build_opener(HTTPCookieProcessor()), address.partition("?")[0]
            with opener.open(address) as page, opener.open(f"{root}api/runs") as runs:
                assert b"page.js" in page.read() and b'"law"' in runs.read()
            with pytest.raises(HTTPError, match="401") as refused:
                urlopen(f"{root}api/runs")
            refused.value.close()
            board.send_signal(signal.SIGINT)
            assert board.wait(10) == 0
        finally:
            board.kill()


def test_watching_a_run_that_has_ended_prints_its_status_once(tmp_path: Path) -> None:
    folder = made_runs.training(tmp_path / "law", updates=4, sealed=0)
    shown, once = (CliRunner().invoke(cli, [name, str(folder)]) for name in ("watch", "status"))
    assert shown.exit_code == 0 and "law" in shown.output
    assert shown.output.splitlines()[:2] == once.output.splitlines()[:2]


def test_the_report_is_written_again_until_the_run_has_finished(tmp_path: Path, monkeypatch) -> None:
    folder = made_runs.training(tmp_path / "law", updates=4, sealed=0)
    seen: list[str] = []

    def slept(seconds: float) -> None:
        assert seconds == 60
        seen.append((folder / "report/index.html").read_text())
        train = next((folder / "steps").glob("train-*"))
        made_runs.write_lines(train, made_runs.rows(len(seen) + 3, len(seen) + 4, 30))
        if len(seen) == 2:
            record = run_record.read(folder / "run.json")
            run_record.write(folder / "run.json", replace(record, finished="2026-11-01T11:00:00Z"))

    monkeypatch.setattr(live.time, "sleep", slept)
    found = CliRunner().invoke(cli, ["report", str(folder), "--every", "60"], catch_exceptions=False)
    assert found.output == f"report    {folder / 'report/index.html'}\n" * 3 and len(seen) == 2
    assert "Lines over 4 updates" in seen[0] and "Lines over 5 updates" in seen[1]
