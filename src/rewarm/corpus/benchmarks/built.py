"""Benchmarks of a recipe's tasks that rewarm built: `decontaminate` looks for them automatically."""

from pathlib import Path
from typing import Any

from rewarm.corpus.benchmarks import canary, files
from rewarm.errors import RewarmError
from rewarm.recipe.decontaminate import Benchmark
from rewarm.recipe.tasks import Task


def benchmarks(tasks: list[Task], named: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A benchmark for each task whose items rewarm built, as `Benchmark.model_dump(mode="json")`.

    named: the recipe's benchmarks; a path that one of them has is not added again.
    """
    known = {benchmark["path"] for benchmark in named}
    names = {benchmark["name"] for benchmark in named}
    found = []
    for task in tasks:
        if task.path is None or str(task.path) in known or not _is_built(task.path):
            continue
        name = task.name if task.name not in names else f"{task.name}.task"
        found.append(Benchmark(name=name, path=task.path).model_dump(mode="json"))
    return found


def _is_built(path: Path) -> bool:
    """Whether the first record at a path carries the canary. What cannot be read is not."""
    # Planning a run, which declares this step, must not load pyarrow.
    from rewarm.corpus.benchmarks import items

    try:
        first = next((record for file in files.files(path) for record in items.records(file)), {})
    except RewarmError:
        # `rewarm evaluate` says what is wrong with it; training does not need it.
        return False
    return canary.carries(first)
