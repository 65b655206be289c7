"""Pools of this machine: in this process, threads, processes.

Python's pool of processes cannot tell which of its units killed a worker: all that were under way
fail together. They are then run again, each in a process of its own, whose exit code is its own;
the healthy ones lose one start, the poisoned one is known.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from rewarm.engine.die_with_parent import die_with
from rewarm.engine.interface import Counts, Failure, Function, Result, Unit

Value = TypeVar("Value")
_SPAWN = multiprocessing.get_context("spawn")


class Here:
    """One unit after the other in this process; a unit that kills it kills the run."""

    def __init__(self, function: Function, units: Sequence[Unit]) -> None:
        self._function, self._units = function, units
        self._next: int | None = None

    def room(self) -> int:
        return 1

    def submit(self, index: int, *, again: bool) -> None:
        self._next = index

    def completed(self) -> Iterable[Result]:
        """Run the submitted unit and give its result."""
        assert self._next is not None
        index, self._next = self._next, None
        try:
            return [(index, self._function(*self._units[index]))]
        except Exception as error:
            return [(index, Failure.raised(error))]

    def close(self) -> Iterable[Result]:
        return []


class Local:
    """Threads, or processes that die with this one."""

    def __init__(self, function: Function, units: Sequence[Unit], workers: int, *, threads: bool) -> None:
        self._function, self._units = function, units
        self._workers, self._threads = workers, threads
        self._pool = self._fresh()
        self._alone = ThreadPoolExecutor(workers)
        self._running: dict[Future[Counts | Failure], int] = {}

    def room(self) -> int:
        return 2 * self._workers

    def submit(self, index: int, *, again: bool) -> None:
        """Start a unit in the pool, in a fresh one if a worker died; `again` in a process of its own."""
        unit = self._units[index]
        future: Future[Any]
        if again and not self._threads:
            future = self._alone.submit(alone, self._function, unit)
        else:
            try:
                future = self._pool.submit(self._function, *unit)
            except BrokenProcessPool:
                self._pool.shutdown(wait=False)
                self._pool = self._fresh()
                future = self._pool.submit(self._function, *unit)
        self._running[future] = index

    def completed(self) -> Iterable[Result]:
        for future in wait(self._running, return_when=FIRST_COMPLETED).done:
            index = self._running.pop(future)
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                self.submit(index, again=True)
            elif error is not None:
                yield index, Failure.raised(error)
            else:
                yield index, future.result()

    def close(self) -> Iterable[Result]:
        """Wait for the units that run, cancel the others; results of those that succeeded."""
        for pool in (self._pool, self._alone):
            pool.shutdown(wait=True, cancel_futures=True)
        ended = {future: index for future, index in self._running.items() if not future.cancelled()}
        return [(index, future.result()) for future, index in ended.items() if future.exception() is None]

    def _fresh(self) -> Executor:
        if self._threads:
            return ThreadPoolExecutor(self._workers)
        return ProcessPoolExecutor(self._workers, _SPAWN, initializer=_die_with, initargs=(os.getpid(),))


def alone(function: Callable[..., Value], unit: Unit) -> Value | Failure:
    """A unit in a process of its own: what it gave (it is pickled) or raised, or how it died."""
    receiver, sender = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_send, args=(os.getpid(), sender, function, unit))
    process.start()
    sender.close()
    try:
        said: Value | Failure | None = receiver.recv()
    except EOFError:
        said = None
    process.join()
    return Failure(died(process.exitcode or 0)) if said is None else said


def died(code: int) -> str:
    """How a worker ended, from its exit code (negative: a signal)."""
    if code >= 0:
        return f"its worker ended with code {code}"
    hint = {signal.SIGKILL: "killed, often for want of memory", signal.SIGSEGV: "crashed in native code"}
    name = signal.Signals(-code)
    return f"its worker died of {name.name}" + (f" ({hint[name]})" if name in hint else "")


def _send(parent: int, sender: Connection, function: Callable[..., object], unit: Unit) -> None:
    _die_with(parent)
    result: object
    try:
        result = function(*unit)
    except Exception as error:
        result = Failure.raised(error)
    sender.send(result)


def _die_with(parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)
