"""Trainings as processes: all are run, failures are named, and none outlives its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rewarm.errors import RewarmError
from rewarm.pilots import running
from rewarm.pilots.running import Job

pytestmark = pytest.mark.slow


def jobs(folder: Path, count: int) -> list[Job]:
    return [Job(folder / "pilots.yaml", folder, f"pilot{number}", 10) for number in range(count)]


def test_a_failed_training_is_named_and_the_others_are_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, sys; print('out of memory' if {0} == 1 else os.environ['OMP_NUM_THREADS']); sys.exit({0})"
    )
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    made = jobs(tmp_path, 3)
    monkeypatch.setattr(
        running, "_command", lambda job: [sys.executable, "-c", code.format([0, 1, 3][made.index(job)])]
    )
    with pytest.raises(
        RewarmError, match=r"1 of 3 pilots failed, first pilot1 \(exit code 1\): out of memory"
    ):
        running.run(made, 2, lambda *_: None)
    cores = len(os.sched_getaffinity(0))
    assert (tmp_path / "logs/pilot2.log").read_text() == f"{max(1, cores // 2)}\n"


def test_gpus_are_given_in_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    monkeypatch.setattr(running, "_command", lambda job: [sys.executable, "-c", code])
    running._processes(jobs(tmp_path, 6), 3, 2)
    seen = [log.read_text().strip() for log in (tmp_path / "logs").iterdir()]
    assert len(seen) == 6 and set(seen) == {"0", "1"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_trainings_are_asked_once_to_stop_when_the_parent_ends(
    tmp_path: Path, number: signal.Signals
) -> None:
    child = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saved', flush=True), sys.exit(0)))\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = (
        "import sys\nfrom pathlib import Path\nfrom rewarm.pilots import running\n"
        f"running._command = lambda job: [sys.executable, '-c', {child!r}]\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "running._processes([running.Job(folder / 'p.yaml', folder, 'one', 1)], 1, 0)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", parent], stderr=subprocess.DEVNULL)
    log = tmp_path / "logs/one.log"
    _until(lambda: log.exists() and "begun" in log.read_text())
    process.send_signal(number)
    process.wait()
    _until(lambda: "saved" in log.read_text())


def _until(seen: object) -> None:
    assert callable(seen)
    for _ in range(6000):
        if seen():
            return
        time.sleep(0.01)
    raise AssertionError("not seen within a minute")


def test_the_array_job_runs_each_pilot(tmp_path: Path) -> None:
    folder = tmp_path / "with space"
    script = running.slurm(jobs(folder, 2), "law-pilots", "rewarm mix pilot law.yaml")
    (tmp_path / "rewarm").write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    (tmp_path / "rewarm").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env={"PATH": path, "SLURM_ARRAY_TASK_ID": "1"}, capture_output=True, text=True
    )
    assert done.stdout.split("|")[:6] == [
        "run", str(folder / "pilots.yaml"), "--run-dir", str(folder), "--variant", "pilot1",
    ]  # fmt: skip
    assert "#SBATCH --array=0-1" in script
