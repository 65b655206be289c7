"""Processes that take turns, so that what disturbs the machine disturbs all sides alike.

Every side lives in a process of its own, with its own peak memory, and waits until it is told to do
one turn. It then does the work and says how long it took by the clock and in CPU-seconds. Only one
side works at any time. On a machine that others use CPU-seconds are the fair figure: with one thread
they are what the clock would show on an idle machine.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

ENTRY = Path(__file__).parents[1] / "train.py"


@dataclass
class Clock:
    """Inside a side's process: ends one turn, waits for the word, begins the next."""

    wire: TextIO
    _began: tuple[float, float] = (0.0, 0.0)

    def begin(self) -> None:
        """Wait for the first word."""
        self._listen()

    def turn(self, **more: Any) -> None:
        """Tell of the turn that ends here, then wait; returns when the next one begins."""
        wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.wire.write(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": peak, **more}) + "\n")
        self.wire.flush()
        self._listen()

    def _listen(self) -> None:
        if sys.stdin.readline() != "go\n":
            os._exit(0)
        self._began = (time.perf_counter(), time.process_time())


def clock() -> Clock:
    """The clock of this process. What the side prints goes to stderr from here on."""
    wire = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return Clock(wire)


class Side:
    """A process that takes turns; `python` runs `train.py --side NAME`."""

    def __init__(self, name: str, python: str, world: Path, threads: int) -> None:
        self.name = name
        self.turns: list[dict[str, float]] = []
        self._log = world / f"side-{name.replace(' ', '-').replace(',', '')}.log"
        self._process = subprocess.Popen(
            [python, str(ENTRY), "--side", name, "--world", str(world)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log.open("w"), text=True,
            env={**os.environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"},
        )  # fmt: skip

    def go(self) -> dict[str, float]:
        """One turn. Raises RuntimeError with the end of its log when the side has died."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write("go\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            why = "killed, most likely for want of memory" if code == -9 else f"exit code {code}"
            raise RuntimeError(f"{self.name} ended ({why}): {self._log.read_text()[-2000:]}")
        found: dict[str, float] = json.loads(line)
        return found

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def sides(names: dict[str, str], world: Path, threads: int) -> Iterator[list[Side]]:
    """Start a process for each name → interpreter; they end with the block."""
    with ExitStack() as stack:
        found = []
        for name, python in names.items():
            found.append(Side(name, python, world, threads))
            stack.callback(found[-1].close)
        yield found


def rounds(found: list[Side], repeats: int, turns: int, warmup: int = 1) -> None:
    """Let the sides take turns: a repeat is `turns` turns of each, in an order that alternates.

    warmup: turns of each side beforehand that are not counted.
    """
    for side in found:
        for _ in range(warmup):
            side.go()
    for repeat in range(repeats):
        for side in found if repeat % 2 == 0 else found[::-1]:
            runs = [side.go() for _ in range(turns)]
            side.turns.append({key: statistics.median(run[key] for run in runs) for key in runs[0]})


def median(side: Side, key: str) -> float:
    return statistics.median(turn[key] for turn in side.turns)


def ratio(numerator: Side, denominator: Side, key: str) -> float:
    """Median over the repeats of the ratio inside a repeat: slow minutes cancel out."""
    pairs = zip(numerator.turns, denominator.turns, strict=True)
    return statistics.median(one[key] / other[key] for one, other in pairs)
