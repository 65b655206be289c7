"""What preflight asks of a package index, with the real pip and an index of files."""

import zipfile
from pathlib import Path

import pytest

from rewarm.pipeline.preflight import remote


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two versions of one package."""
    for version in ("1.0", "1.1rc1"):
        with zipfile.ZipFile(tmp_path / f"tales-{version}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"tales-{version}.dist-info/METADATA", f"Name: tales\nVersion: {version}\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    # A machine under load starts pip slowly.
    monkeypatch.setattr(remote, "SECONDS", 60.0)


@pytest.mark.parametrize("version", ["1.0", "1.1rc1"])
def test_version_in_the_index_is_no_finding(version: str) -> None:
    assert remote._in_index(f"tales=={version}") == ""


def test_missing_version_is_named_beside_those_that_are_there() -> None:
    assert remote._in_index("tales==2.0") == (
        "the package index has no version 2.0 of tales; it has 1.1rc1, 1.0."
    )


def test_unknown_package_is_no_answer() -> None:
    with pytest.raises(OSError, match="No matching distribution found for fables"):
        remote._in_index("fables==1.0")
