"""A step's work: where it writes, what it reads, and how it maps over shards.

A unit of work (a shard) is done when its note in `_units/` (or `_PHASE/`) stands, written after its files. A
killed step therefore resumes with the first unit without a note. Units run in child processes,
one a core; their results do not depend on how many there are. Children die with their parent,
also under `kill -9`, so that none goes on writing beside the next attempt.
"""

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.corpus.progress import progress
from rewarm.corpus.publish import writing
from rewarm.errors import RewarmError
from rewarm.parent import die_with

Counts = dict[str, int]


@dataclass(frozen=True)
class Work:
    """folder: where the step writes; config: its part of the recipe, plain values;
    inputs: directories that earlier steps published, by step."""

    step: str
    folder: Path
    config: dict[str, Any]
    inputs: dict[str, Path]

    def map(
        self,
        function: Callable[..., Counts],
        units: Sequence[tuple[Any, ...]],
        *,
        workers: int | None = None,
        threads: bool = False,
        phase: str = "units",
    ) -> Counts:
        """Call `function(*unit)` for every unit not done yet; the sum of all units' counts.

        A step that maps twice names its phases.
        threads: in this process, for functions that leave Python's lock to others most of the time.

        function: of a module's top level; writes its files complete (`publish.writing`).
        Units are done when counted: their number is the position in `units`.
        An exception in a unit stops the step after the running units; what is done stays.
        """
        notes = self.folder / f"_{phase}"
        notes.mkdir(parents=True, exist_ok=True)
        todo = [index for index in range(len(units)) if not (notes / f"{index:05}.json").exists()]
        workers = min(workers or cores(), len(todo))
        with progress(self.step, total=len(units), unit="shard") as bar:
            bar.update(len(units) - len(todo))
            if workers <= 1:
                for index in todo:
                    _note(notes, index, function(*units[index]))
                    bar.update(1)
            else:
                self._pool(function, units, todo, workers, threads, notes, bar)
        total: Counts = {}
        for index in range(len(units)):
            for name, count in json.loads((notes / f"{index:05}.json").read_text()).items():
                total[name] = total.get(name, 0) + count
        return total

    def _pool(
        self,
        function: Callable[..., Counts],
        units: Sequence[tuple[Any, ...]],
        todo: list[int],
        workers: int,
        threads: bool,
        notes: Path,
        bar: Any,
    ) -> None:
        with _threads(workers) if threads else _processes(workers) as pool:
            running: dict[Future[Counts], int] = {}
            waiting = iter(todo)
            try:
                while True:
                    while len(running) < 2 * workers and (index := next(waiting, None)) is not None:
                        running[pool.submit(function, *units[index])] = index
                    if not running:
                        return
                    for done in wait(running, return_when=FIRST_COMPLETED).done:
                        counts = done.result()
                        _note(notes, running.pop(done), counts)
                        bar.update(1)
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                for future, index in running.items():
                    if not future.cancelled() and future.exception() is None:
                        _note(notes, index, future.result())
                raise


def _processes(workers: int) -> Executor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, initializer=_die_with, initargs=(os.getpid(),))


def _threads(workers: int) -> Executor:
    return ThreadPoolExecutor(workers)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def reconcile(step: str, what: str, total: int, parts: Counts) -> None:
    """Check that what went in came out under some name.

    Raises RewarmError with all counts when it did not: a fault of rewarm, never of the data.
    """
    if total != sum(parts.values()):
        listed = " + ".join(f"{count:,} {name}" for name, count in parts.items())
        raise RewarmError(
            f"{step}: {what} do not reconcile: {total:,} in, {listed} = {sum(parts.values()):,} out. "
            "This is a fault in rewarm: please report it with the recipe"
        )


def _note(notes: Path, index: int, counts: Counts) -> None:
    with writing(notes / f"{index:05}.json") as aside:
        aside.write_text(json.dumps(counts, sort_keys=True))


def _die_with(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)
