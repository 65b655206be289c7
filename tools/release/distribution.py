"""Builds sdist and wheel as a package index would serve them, and compares the wheel with the package."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "src/rewarm"


@dataclass(frozen=True)
class Built:
    """The two files of a release."""

    sdist: Path
    wheel: Path


def tracked(root: Path = ROOT) -> list[str]:
    """Files that git has or would add, relative to the repository."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [name for name in names if name and (root / name).is_file()]


def copy_tree(target: Path) -> Path:
    """The repository without what git ignores: no build leftovers can reach a release."""
    for name in tracked():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    return target


def build(tree: Path, target: Path) -> Built:
    """The sdist of `tree`, and the wheel of the unpacked sdist. Raises CalledProcessError with the output."""
    target.mkdir(parents=True)
    _hook(tree, f"build_sdist({str(target)!r})")
    (sdist,) = target.glob("*.tar.gz")
    unpacked = target / "unpacked"
    with tarfile.open(sdist) as archive:
        archive.extractall(unpacked, filter="data")
    (source,) = unpacked.iterdir()
    _hook(source, f"build_wheel({str(target)!r})")
    (wheel,) = target.glob("*.whl")
    return Built(sdist, wheel)


def _hook(folder: Path, call: str) -> None:
    """A PEP 517 hook of setuptools, in a process of its own as the standard asks."""
    code = f"from setuptools import build_meta; build_meta.{call}"
    ended = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    if ended.returncode:
        raise SystemExit(f"{call} failed in {folder}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")


def faults(wheel: Path, tree: Path) -> list[str]:
    """Files of the package that the wheel lacks, and files that it has beyond the package."""
    package = tree / PACKAGE
    there = {path.relative_to(package.parent).as_posix() for path in package.rglob("*") if path.is_file()}
    with zipfile.ZipFile(wheel) as archive:
        inside = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    return [
        *(
            f"{wheel.name}: lacks {name}; see package-data in pyproject.toml"
            for name in sorted(there - inside)
        ),
        *(f"{wheel.name}: has {name}, which is not in {PACKAGE}" for name in sorted(inside - there)),
    ]
