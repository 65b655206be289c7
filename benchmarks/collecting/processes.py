"""A side in a process of its own: seconds, CPU-seconds and memory of it and all that it starts.

Memory is proportional (PSS): a page that several processes share counts once, so that the sum over
processes is what the machine gives. Read four times a second; Linux only.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

_EVERY = 0.25


@dataclass(frozen=True)
class Seen:
    """seconds: of the clock; cpu: of all its processes; peak: bytes; told: its last line of output."""

    seconds: float
    cpu: float
    peak: int
    told: dict[str, Any]


def run(command: list[str]) -> Seen:
    """Run to the end. Raises CalledProcessError where it fails."""
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True)
    began, peak = time.monotonic(), 0
    while process.poll() is None:
        peak = max(peak, memory(process.pid))
        time.sleep(_EVERY)
    seconds = time.monotonic() - began
    output = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    told = json.loads(output.strip().splitlines()[-1])
    return Seen(seconds, told.pop("cpu"), peak, told)


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


def memory(pid: int) -> int:
    """Proportional bytes of a process and all below it; 0 once it has ended."""
    try:
        parent = psutil.Process(pid)
        return sum(map(_proportional, [parent, *parent.children(recursive=True)]))
    except psutil.NoSuchProcess:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
