"""The memory of digests is shared by processes."""

import hashlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from rewarm.corpus.io.fingerprint import sha256

HASH = """
import os, sys
from pathlib import Path
from rewarm.corpus.io.fingerprint import sha256
for path, digest in zip(sys.argv[1:], sha256([Path(path) for path in sys.argv[1:]])):
    print(Path(path).name, digest)
"""


def test_several_processes_hash_the_same_files_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    (tmp_path / "d").mkdir()
    files = [tmp_path / "d" / f"{number}.txt" for number in range(300)]
    for number, file in enumerate(files):
        file.write_text(f"text {number}")
        os.utime(file, (10**9, 10**9))  # settled: what is remembered at all
    several = [
        subprocess.Popen([sys.executable, "-c", HASH, *map(str, files)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    right = "".join(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n" for file in files)
    assert [process.communicate()[0] for process in several] == [right] * 4
    with sqlite3.connect(tmp_path / "cache/fingerprints.db") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM digests").fetchone() == (300,)
    monkeypatch.setattr("rewarm.corpus.io.fingerprint._digest", lambda path: "asked again")
    assert "asked again" not in sha256(files)
