"""Children follow their parent, also when it was gone before they could ask for it."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from rewarm.engine import die_with_parent

LINUX = sys.platform == "linux"
WORKER = (
    "from rewarm.engine import die_with_parent; die_with_parent.die_with_agent(); print('works', flush=True)"
)


def elastic() -> dict[str, str]:
    return {**os.environ, "TORCHELASTIC_RUN_ID": "none"}


def test_a_worker_of_a_living_agent_works() -> None:
    done = subprocess.run([sys.executable, "-c", WORKER], env=elastic(), capture_output=True, text=True)
    assert done.stdout == "works\n"


def test_a_worker_that_was_adopted_ends_and_says_so() -> None:
    shell = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, WORKER]
    done = subprocess.run(shell, env=elastic(), capture_output=True, text=True)
    assert (done.returncode == 1 and "torchrun is gone" in done.stderr) == LINUX


def test_a_worker_dies_with_its_agent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    worker = f"{WORKER}; import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    agent = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}], start_new_session=True)"
    )
    process = subprocess.Popen([sys.executable, "-c", agent], env=elastic())
    while not (told.exists() and told.read_text()):
        time.sleep(0.01)
    orphan = psutil.Process(int(told.read_text()))
    process.kill()
    process.wait()
    gone, _ = psutil.wait_procs([orphan], timeout=10)
    assert bool(gone) == LINUX
    if not LINUX:
        orphan.kill()


def test_a_parent_that_is_gone_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(die_with_parent, "_ask_for_a_signal", lambda: None)
    die_with_parent.die_with(os.getppid())
    assert codes == []
    die_with_parent.die_with(os.getppid() + 1)
    assert codes == [1]
