"""A side in a process of its own: seconds, CPU-seconds and memory of it and all that it starts.

Memory is proportional (PSS): a page that several processes share counts once, so that the sum over
processes is what the machine gives. Other programs may hold the cores: the kernel counts for how long a
thread was ready and had none. Both are read four times a second; Linux only.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_EVERY = 0.25


@dataclass(frozen=True)
class Seen:
    """seconds: of the clock; cpu: of all its processes; waited: seconds in which their threads were ready and
    had no core; peak: bytes; told: its last line of output."""

    seconds: float
    cpu: float
    waited: float
    peak: int
    told: dict[str, Any]

    @property
    def cores(self) -> float:
        """Cores that it kept busy, or would have if other programs had not held them."""
        return (self.cpu + self.waited) / self.seconds


def run(command: list[str]) -> Seen:
    """Run to the end. Raises CalledProcessError where it fails."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    began, peak = time.monotonic(), 0
    waited: dict[str, int] = {}
    while process.poll() is None:
        running = _tree(process.pid)
        peak = max(peak, sum(map(_proportional, running)))
        for one in running:
            waited |= _waited(one)
        time.sleep(_EVERY)
    seconds = time.monotonic() - began
    output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    told = json.loads(output.strip().splitlines()[-1])
    return Seen(seconds, told.pop("cpu"), sum(waited.values()) / 1e9, peak, told)


def killed(command: list[str], when: Callable[[], bool]) -> None:
    """Start it, and end it by SIGKILL as soon as `when` holds; its workers die with it.

    Raises SystemExit where it ends before.
    """
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL)
    workers: list[psutil.Process] = []
    while not when():
        if process.poll() is not None:
            raise SystemExit(f"{' '.join(command)}: ended with {process.returncode} before it was killed")
        workers = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=30)
    if alive:
        raise SystemExit(f"workers outlive their parent: {alive}")


def _tree(pid: int) -> list[int]:
    """A process and all below it; empty once it has ended."""
    try:
        parent = psutil.Process(pid)
        return [pid, *(child.pid for child in parent.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _waited(pid: int) -> dict[str, int]:
    """Thread → nanoseconds in which it was ready to run and had no core, since it began."""
    found = {}
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            found[str(path)] = int(path.read_text().split()[1])
    return found
