"""Units of work: done once, in any number of processes, and none outlives its parent."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from rewarm.engine import work as work_module
from rewarm.engine.processes import Here
from rewarm.engine.work import Work, reconcile
from rewarm.errors import RewarmError


def note(folder: str, number: int) -> dict[str, int]:
    with Path(folder, "calls").open("a") as file:
        file.write(f"{number}\n")
    if number == 3 and Path(folder, "fail").exists():
        raise ValueError("unit 3")
    return {"in": number}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_step_goes_on_at_the_first_unit_without_a_note(tmp_path: Path, workers: int) -> None:
    (tmp_path / "fail").touch()
    work = Work("clean", tmp_path, {})
    units = [(str(tmp_path), number) for number in range(6)]
    with pytest.raises(ValueError, match="unit 3"):
        work.map(note, units, workers=workers)
    done = {int(path.stem) for path in (tmp_path / "_units").glob("*.json")}
    assert 3 not in done and {0, 1, 2} <= done
    (tmp_path / "fail").unlink()
    (tmp_path / "calls").unlink()
    assert work.map(note, units, workers=workers) == {"in": 15}
    called = sorted(int(line) for line in (tmp_path / "calls").read_text().split())
    assert called == sorted(set(range(6)) - done)


def test_a_small_corpus_starts_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    monkeypatch.setattr(work_module, "cores", lambda: 4)
    monkeypatch.setattr(
        Work,
        "_pool",
        lambda self, function, units, workers, *_: started.append(workers) or Here(function, units),
    )
    shard = tmp_path / "00000.parquet"
    shard.write_bytes(bytes(work_module.TEXT_PER_WORKER))
    units = [(str(tmp_path), number) for number in range(6)]
    for name, worth in {
        "no-size": {},
        "little": {"text": work_module.TEXT_PER_WORKER - 1},
        "shards": {"shards": [shard]},
        "much": {"text": 99 * work_module.TEXT_PER_WORKER},
    }.items():
        (tmp_path / name).mkdir()
        Work("clean", tmp_path / name, {}).map(note, units, **worth)
    assert started == [4, 1, 3, 4]


def test_counts_that_do_not_reconcile_are_shown() -> None:
    reconcile("clean", "documents", 3, {"kept": 2, "dropped": 1})
    with pytest.raises(RewarmError, match=r"3 in, 1 kept \+ 1 dropped = 2 out"):
        reconcile("clean", "documents", 3, {"kept": 1, "dropped": 1})


SCRIPT = """
import os, sys, time
from pathlib import Path
from rewarm.engine import work as work_module
from rewarm.engine.processes import Here
from rewarm.engine.work import Work

def sleep(folder, number):
    Path(folder, f"pid-{os.getpid()}").touch()
    time.sleep(60)
    return {}

if __name__ == "__main__":
    folder = sys.argv[1]
    Work("clean", Path(folder), {}).map(sleep, [(folder, n) for n in range(2)], workers=2)
"""


def test_kill_9_takes_the_children_along(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, tmp_path / "script.py", tmp_path], stderr=subprocess.DEVNULL, env={**os.environ}
    )
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("pid-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    children = [int(path.name[4:]) for path in tmp_path.glob("pid-*")]
    assert len(children) == 2 and all(psutil.pid_exists(pid) for pid in children)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10

    def alive(pid: int) -> bool:
        return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE

    while any(map(alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, children))
    assert not list((tmp_path / "_units").glob("*.json"))
