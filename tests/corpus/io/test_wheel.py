import subprocess
import sys
import zipfile

import pytest

from rewarm.corpus.io.wheel import cache_dir, extract, wheel
from rewarm.errors import RewarmError


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index of one tiny wheel, and an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    with zipfile.ZipFile(folder / "tales-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tales/one.txt", "Once upon a time.\n" * 1000)
        archive.writestr("tales-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tales\nVersion: 1.0\n")
        archive.writestr("tales-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tales-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    return folder


def test_wheel_is_downloaded_once_and_then_used_without_pip(index, monkeypatch):
    found = wheel("tales==1.0")
    assert found == cache_dir() / "wheels" / "tales-1.0" / "tales-1.0-py3-none-any.whl"
    assert [path.name for path in (cache_dir() / "wheels").iterdir()] == ["tales-1.0"]

    def refuse(*args, **kwargs):
        raise AssertionError("pip was called")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert wheel("tales==1.0") == found


def test_member_is_extracted_whole(index, tmp_path):
    extract(wheel("tales==1.0"), "tales/one.txt", tmp_path / "deep" / "one.txt")
    assert (tmp_path / "deep" / "one.txt").read_text() == "Once upon a time.\n" * 1000
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["one.txt"]


def test_missing_version_is_a_letter_and_leaves_nothing(index):
    with pytest.raises(RewarmError, match=r"package tales==9\.9: pip found no wheel") as letter:
        wheel("tales==9.9")
    assert "tales==9.9" in str(letter.value).split("pip: ")[1]
    assert "PIP_INDEX_URL" in str(letter.value)
    assert list((cache_dir() / "wheels").iterdir()) == []


SEVERAL = """
import sys, time
from pathlib import Path
from rewarm.corpus.io import wheel
download = wheel._download

def noted(package, scratch):
    with open(sys.argv[1], "a") as log:
        log.write("downloaded\\n")
    time.sleep(0.5)
    return download(package, scratch)

wheel._download = noted
print(wheel.wheel("tales==1.0"))
"""


def test_several_processes_at_once_download_a_wheel_once(index, tmp_path):
    several = [
        subprocess.Popen(
            [sys.executable, "-c", SEVERAL, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    found = {process.communicate()[0].strip() for process in several}
    assert [process.returncode for process in several] == [0] * 4
    assert found == {str(wheel("tales==1.0"))}
    assert (tmp_path / "log").read_text() == "downloaded\n"
    assert [path.name for path in (cache_dir() / "wheels").iterdir()] == ["tales-1.0"]
