import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rewarm.engine.publish import publishing, writing

WRITER = """
import sys, time
from pathlib import Path
from rewarm.engine.publish import publishing, writing
with publishing(Path(sys.argv[1])) as folder:
    for shard in range(40):
        path = folder / f"{shard:02}.bin"
        if path.exists():
            continue
        with writing(path) as aside, aside.open("wb") as file:
            for _ in range(64):
                file.write(bytes([shard]) * 1024)
                file.flush()
            time.sleep(0.002)
"""


def complete(folder: Path) -> bool:
    return all((folder / f"{n:02}.bin").read_bytes() == bytes([n]) * 65536 for n in range(40))


def test_a_published_directory_is_complete_whenever_the_writer_is_killed(tmp_path: Path) -> None:
    target = tmp_path / "out"
    generator = random.Random(11)
    killed_half_way = 0
    for _ in range(200):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(target)])
        partial = tmp_path / "out.partial"
        while process.poll() is None and not partial.exists():
            time.sleep(0.0005)
        time.sleep(generator.uniform(0, 0.02))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if target.exists():
            break
        killed_half_way += partial.exists()
        for path in partial.glob("*.bin"):
            assert path.read_bytes() == bytes([int(path.stem)]) * 65536
    assert killed_half_way > 0
    if not target.exists():
        subprocess.run([sys.executable, "-c", WRITER, str(target)], check=True)
    assert complete(target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert len(list(target.iterdir())) == 40


def test_a_failure_publishes_nothing_and_keeps_finished_files(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="half way"), publishing(tmp_path / "out") as folder:
        with writing(folder / "a") as aside:
            aside.write_text("done")
        raise RuntimeError("half way")
    assert not (tmp_path / "out").exists()
    with publishing(tmp_path / "out") as folder:
        assert (folder / "a").read_text() == "done"
    assert (tmp_path / "out" / "a").read_text() == "done"


def test_a_full_disk_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_text("before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="too large"), writing(path) as aside:
            aside.write_bytes(bytes(8192))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_text() == "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table"]


def test_what_is_published_never_changes(tmp_path: Path) -> None:
    with publishing(tmp_path / "out"):
        pass
    with pytest.raises(FileExistsError, match="published already"), publishing(tmp_path / "out"):
        pass
