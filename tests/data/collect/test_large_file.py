"""One file of 200 MB on two workers: bounded memory, killed in the middle, resumed with the same bytes."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

BYTES = 200_000_000
# Three processes of 100 to 150 MB, with as much again for what is on its way.
PEAK = 700 * 2**20
SCRIPT = """
import json, sys
from pathlib import Path
from rewarm.data.collect.step import run
from rewarm.engine import work
from rewarm.recipe import Collect, Source

if __name__ == "__main__":
    work.TEXT_PER_WORKER = 1
    work.cores = lambda: 2
    source = Source(name="law", path=sys.argv[1]).model_dump(mode="json")
    config = {"sources": [source], "collect": Collect().model_dump(mode="json")}
    print(json.dumps(run(work.Work("collect", Path(sys.argv[2]), config))))
"""


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """A few MB of records of very different lengths, to be written again and again."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(1, 9))) for _ in range(5000)]
    sizes = [draw.choice([5, 50, 500, 5000]) for _ in range(2000)]
    return [json.dumps({"text": " ".join(draw.choices(words, k=size))}).encode() + b"\n" for size in sizes]


@pytest.fixture(params=["a.jsonl", "a.jsonl.gz"])
def large(request: pytest.FixtureRequest, tmp_path: Path, lines: list[bytes]) -> tuple[Path, int]:
    """The file, and how many documents it has."""
    path, size, rounds = tmp_path / request.param, sum(map(len, lines)), 0
    with gzip.open(path, "wb", compresslevel=1) if path.suffix == ".gz" else path.open("wb") as out:
        while rounds * size < BYTES:
            out.writelines(lines)
            rounds += 1
    return path, rounds * len(lines)


def start(path: Path, out: Path) -> subprocess.Popen[str]:
    script = path.with_name("collect_it.py")
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(path), str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def processes(parent: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(parent), *psutil.Process(parent).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def memory(process: psutil.Process) -> int:
    """Bytes: proportional ones, in which a page that several processes share counts once, where the system
    tells them."""
    try:
        found = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(found, "pss", found.rss))


def tables(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*.parquet"))}


def shards(out: Path) -> dict[str, tuple[int, int]]:
    """The shards of documents, with what changes when one is written again."""
    stats = {path.stem: path.stat() for path in out.glob("documents/*.parquet")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


def noted(out: Path, whole: Path) -> set[str]:
    """Names of the shards that need not be written again. whole: where the same run was not killed."""
    units = {path.stem for path in out.glob("_units/*.json")}
    names = {name for name in shards(whole) if name[:5] in units}
    for path in out.glob("_progress/*.json"):
        done = range(json.loads(path.read_text())["shards"])
        names |= {f"{path.stem}_{index:04}" if index else path.stem for index in done}
    return names


def test_memory_is_bounded_and_a_killed_run_goes_on(large: tuple[Path, int], tmp_path: Path) -> None:
    path, documents = large
    whole, peak = start(path, tmp_path / "whole"), 0
    while whole.poll() is None:
        peak = max(peak, sum(map(memory, processes(whole.pid))))
        time.sleep(0.1)
    assert whole.returncode == 0 and whole.stdout is not None
    counts = json.loads(whole.stdout.read())
    assert counts["documents"] == documents
    assert 0 < peak < PEAK
    assert max(shard.stat().st_size for shard in (tmp_path / "whole/documents").iterdir()) < 128 * 2**20

    out = tmp_path / "killed"
    killed = start(path, out)
    # Also a stream that one process reads has its first shards after a part of the time.
    while not list(out.glob("_units/*.json")) and not list(out.glob("_progress/*.json")):
        assert killed.poll() is None, "it ended before it was killed"
        workers = processes(killed.pid)[1:]
        time.sleep(0.01)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert psutil.wait_procs(workers, timeout=30)[1] == []
    before, done = shards(out), noted(out, tmp_path / "whole")
    assert 0 < len(done) < len(shards(tmp_path / "whole"))

    resumed = start(path, out)
    told, _ = resumed.communicate()
    assert resumed.returncode == 0 and json.loads(told) == counts
    after = shards(out)
    assert {name: after[name] for name in done} == {name: before[name] for name in done}
    assert tables(out) == tables(tmp_path / "whole")
