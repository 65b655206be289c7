"""Finds the files of the benchmarks that a recipe names, and what their content hangs on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.corpus.io.fingerprint import sha256
from rewarm.corpus.io.globs import MAGIC
from rewarm.errors import RewarmError


@dataclass(frozen=True)
class Found:
    """identity: the benchmark's settings with its files' names and digests in place of the path, which no
    result hangs on; files: where they lie."""

    identity: dict[str, Any]
    files: list[str]


def find(benchmarks: list[dict[str, Any]]) -> list[Found]:
    """Of each benchmark (`Benchmark.model_dump(mode="json")`), in order.

    Raises RewarmError for a path without files, and for two benchmarks of one name.
    """
    names = [benchmark["name"] for benchmark in benchmarks]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise RewarmError(
            f"decontaminate.benchmarks: two are named '{twice}'; the ledger could not tell them"
        )
    return [_one(benchmark) for benchmark in benchmarks]


def files(path: Path) -> list[Path]:
    """The files at a path, below a folder or of a glob, in order; empty when there are none."""
    if path.is_dir():
        found = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    elif MAGIC.search(str(path)):
        found = [file for file in path.parent.glob(path.name) if file.is_file()]
    else:
        found = [path] if path.is_file() else []
    return sorted(found)


def _one(benchmark: dict[str, Any]) -> Found:
    path = Path(benchmark["path"])
    found = files(path)
    if not found:
        raise RewarmError(
            f"decontaminate.benchmarks.{benchmark['name']}: no file at {path}; "
            "paths are relative to the recipe"
        )
    digests = sha256(found)
    settings = {key: value for key, value in benchmark.items() if key != "path"}
    named = [[file.name, digest] for file, digest in zip(found, digests, strict=True)]
    return Found({**settings, "files": named}, [str(file) for file in found])
