"""Finds the files of the benchmarks that a recipe names, and what their content hangs on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.corpus.fingerprint import sha256
from rewarm.corpus.globs import MAGIC
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


def _one(benchmark: dict[str, Any]) -> Found:
    path = Path(benchmark["path"])
    if path.is_dir():
        files = [file for file in path.rglob("*") if file.is_file() and not file.name.startswith(".")]
    elif MAGIC.search(str(path)):
        files = [file for file in path.parent.glob(path.name) if file.is_file()]
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise RewarmError(
            f"decontaminate.benchmarks.{benchmark['name']}: no file at {path}; "
            "paths are relative to the recipe"
        )
    files.sort()
    digests = sha256(files)
    settings = {key: value for key, value in benchmark.items() if key != "path"}
    named = [[file.name, digest] for file, digest in zip(files, digests, strict=True)]
    return Found({**settings, "files": named}, [str(file) for file in files])
