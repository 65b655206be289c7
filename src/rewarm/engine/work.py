"""A step's work: where it writes, what it reads, and how it maps over shards.

A unit of work (a shard) is done when its note in `_units/` (or `_PHASE/`) stands, written after its files. A
killed step therefore resumes with the first unit without a note. Units run in child processes,
one a core, or on a cluster; their results do not depend on how many there are, nor where. Children die
with their parent, also under `kill -9`, so that none goes on writing beside the next attempt.
"""

import json
import os
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rewarm.engine import quarantine
from rewarm.engine.interface import LOCAL, Counts, Engine, Failure, Pool
from rewarm.engine.processes import Here, Local
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Counts", "Work", "cores", "reconcile"]

# Bytes of text for which one more worker process is worth its start of 1 to 1.5 CPU-seconds. The slowest
# step reads 3 MB a second, so that starts stay below a fifth of its time; a smaller corpus is done in
# this process. Shards are text compressed to about a third.
TEXT_PER_WORKER = 24 << 20
_UNCOMPRESSED = 3


@dataclass(frozen=True)
class Work:
    """folder: where the step writes; config: its part of the recipe, plain values;
    tables: where those lie that the step declares to read, by name; engine: what runs its units."""

    step: str
    folder: Path
    config: dict[str, Any]
    tables: dict[str, list[Path]] = field(default_factory=dict)
    engine: Engine = LOCAL

    def table(self, name: str) -> Path:
        """Where a table lies that comes from one step; KeyError for one that the step does not declare."""
        (found,) = self.tables[name]
        return found

    def map(
        self,
        function: Callable[..., Counts],
        units: Sequence[tuple[Any, ...]],
        *,
        workers: int | None = None,
        text: int | None = None,
        shards: Sequence[Path] | None = None,
        threads: bool = False,
        phase: str = "units",
        needs_all: bool | None = None,
    ) -> Counts:
        """Call `function(*unit)` for every unit not done yet; the sum of all units' counts.

        A step that maps twice names its phases.
        threads: in this process, for functions that leave Python's lock to others most of the time.
        workers: on this machine; a cluster takes as many as it has. Where it is not given, one a core, but
        no more than `text`, the bytes of text that all units read, or the sizes of `shards` are worth.
        needs_all: the step cannot do without any unit, so that none is quarantined; by default where
        phases are named, since a later phase reads what an earlier one wrote of every shard.

        function: of a module's top level, so that other processes find it; writes its files complete
        (`publish.writing`). One that is not runs in this process on every engine.
        Units are done when counted: their number is the position in `units`.
        A unit that fails is tried again `engine.retries` times. Then it stops the step after the running
        units, and what is done stays; or it is quarantined, where the engine says so. Raises RewarmError when
        every unit was quarantined.
        """
        notes = self.folder / f"_{phase}"
        notes.mkdir(parents=True, exist_ok=True)
        todo = [index for index in range(len(units)) if not (notes / f"{index:05}.json").exists()]
        apart = self.engine.on_failed_shard == "quarantine" and not (
            phase != "units" if needs_all is None else needs_all
        )
        if shards is not None:
            text = sum(shard.stat().st_size for shard in shards) * _UNCOMPRESSED
        worth = cores() if text is None else max(1, text // TEXT_PER_WORKER)
        workers = min(workers or cores(), worth, len(todo))
        with progress(self.step, total=len(units), unit="shard") as bar:
            bar.update(len(units) - len(todo))
            if todo:
                pool = self._pool(function, units, workers, threads, apart)
                self._run(pool, units, deque(todo), phase, apart, bar)
        total: Counts = {}
        for path in (notes / f"{index:05}.json" for index in range(len(units))):
            for name, count in json.loads(path.read_text()).items() if path.exists() else ():
                total[name] = total.get(name, 0) + count
        if not total and units and apart and not any(notes.iterdir()):
            raise RewarmError(
                f"{self.step}: every shard failed, the last: {quarantine.rows(self.folder)[-1]['reason']}"
            )
        return total

    def _pool(
        self, function: Callable[..., Counts], units: Sequence[tuple[Any, ...]], workers: int, threads: bool,
        apart: bool,
    ) -> Pool:  # fmt: skip
        inner = "<locals>" in function.__qualname__
        if self.engine.kind == "ray" and not inner:
            from rewarm.engine.on_ray import Ray

            return Ray(function, units, self.folder, self.engine)
        # What can kill its process, and may, gets another than this one.
        if inner or (workers <= 1 and not (apart and not threads)):
            return Here(function, units)
        return Local(function, units, workers, threads=threads)

    def _run(
        self, pool: Pool, units: Sequence[tuple[Any, ...]], waiting: deque[int], phase: str, apart: bool,
        bar: "tqdm[NoReturn]",
    ) -> None:  # fmt: skip
        notes = self.folder / f"_{phase}"
        tries: Counter[int] = Counter()
        running = 0
        try:
            while waiting or running:
                while waiting and running < pool.room():
                    index = waiting.popleft()
                    pool.submit(index, again=tries[index] > 0)
                    tries[index] += 1
                    running += 1
                for index, result in pool.completed():
                    running -= 1
                    if not isinstance(result, Failure):
                        _note(notes, index, result)
                        quarantine.lift(self.folder, phase, index)
                    elif not result.final and tries[index] <= self.engine.retries:
                        waiting.append(index)
                        continue
                    elif result.final or not apart:
                        self._stop(units[index], index, tries[index], result)
                    else:
                        unit = units[index]
                        quarantine.put(
                            self.folder, self.step, phase, index, unit, tries[index], result.reason
                        )
                    bar.update(1)
        finally:
            for index, result in pool.close():
                if not isinstance(result, Failure):
                    _note(notes, index, result)

    def _stop(self, unit: tuple[Any, ...], index: int, tries: int, failure: Failure) -> None:
        read = ", ".join(quarantine.files(unit)[:3]) or "no file"
        if failure.error is not None:
            if not failure.final:
                where = f"{self.step}, shard {quarantine.shard(unit, index)} ({read})"
                failure.error.add_note(f"while {where}; the other shards that were done stay")
            raise failure.error
        raise RewarmError(
            f"{self.step}: shard {quarantine.shard(unit, index)} ({read}) failed {tries} "
            f"{'time' if tries == 1 else 'times'}: {failure.reason}. The other shards that were done stay.\n"
            "Give it more memory or repair what it reads, and run the same command again; where this step "
            "can continue without it, `engine: {on_failed_shard: quarantine}` does"
        )


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
