"""A base that is converted into the cache, by several processes at once."""

import subprocess
import sys
from pathlib import Path

import pytest

CONVERT = """
import sys, time
from pathlib import Path
from rewarm.engine.publish import publishing
from rewarm.model import base, gguf_base

def convert(source, target):
    if target.exists():
        return
    with open(sys.argv[2], "a") as log:
        log.write("converted\\n")
    with publishing(target) as folder:
        for part in range(5):
            (folder / f"{part}.safetensors").write_text("weights" * part)
            time.sleep(0.1)

gguf_base.convert = convert
found = base.resolve(sys.argv[1], Path("."))
print(found.path, sorted(path.name for path in found.path.iterdir()))
"""


def test_several_processes_convert_a_file_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "small.gguf").write_bytes(b"GGUF")
    several = [
        subprocess.Popen(
            [sys.executable, "-c", CONVERT, str(tmp_path / "small.gguf"), str(tmp_path / "log")],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    found = {process.communicate()[0] for process in several}
    assert [process.returncode for process in several] == [0] * 4
    assert len(found) == 1 and "4.safetensors" in found.pop()
    assert (tmp_path / "log").read_text() == "converted\n"
