"""One child that parses: started when first asked, timed, killed, and replaced.

A page on which the child dies or hangs is left out and the file read again without it, a few times; a file
that cannot be read at all is given up with the reason. So no input stops the caller.
"""

import atexit
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Item, Member, Problem, from_plain
from rewarm.parse.sandbox import child, frames

_START_SECONDS = 60.0
# Pages that may cost their file a new start; beyond, the rest of the file is given up.
_FATAL_PAGES = 3


class Child:
    """A parsing process. memory: bytes of its address space; stall: seconds a page may take."""

    def __init__(self, limits: Limits, *, memory: int | None = None, stall: float | None = None) -> None:
        self.limits = limits
        self._memory = memory or limits.memory
        self._stall = stall or limits.stall
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._busy = False

    def parse(
        self, path: Path, kind: str, options: dict[str, Any], *, seconds: float | None = None
    ) -> Iterator[Item]:
        """Everything in a file, in order; what crashed, hung or went beyond a limit as Problems.

        options: what the reader of this kind takes, with the pages to `skip`; seconds: for the file, where
        not the limit's.
        """
        skip: list[str] = list(options.get("skip", ()))
        given: set[tuple[str, ...]] = set()
        seconds = seconds or self.limits.seconds
        until = time.monotonic() + seconds
        for attempt in range(_FATAL_PAGES + 1):
            position = ""
            try:
                for message in self._ask(path, kind, {**options, "skip": skip}, until, seconds):
                    position = message.get("begin", position)
                    if "item" in message:
                        item = from_plain(message["item"])
                        if _key(item) not in given:
                            given.add(_key(item))
                            yield item
                return
            except _Died as death:
                last = attempt == _FATAL_PAGES or not position or death.whole
                yield Problem(
                    position, death.reason, f"{death.detail}{'; the rest is not read' if last else ''}"
                )
                if last:
                    return
                skip.append(position)

    def close(self) -> None:
        """End the child."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        atexit.unregister(self.close)
        with suppress(ProcessLookupError, OSError):
            process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def _ask(
        self, path: Path, kind: str, options: dict[str, Any], until: float, seconds: float
    ) -> Iterator[dict[str, Any]]:
        if self._busy:
            raise RuntimeError("the child is still reading another file")
        process = self._started()
        assert process.stdin and process.stdout
        self._busy = True
        try:
            frames.write(
                process.stdin.fileno(),
                {"path": str(path), "kind": kind, "options": options, "seconds": seconds},
            )
            while True:
                left = until - time.monotonic()
                message = frames.read(process.stdout.fileno(), max(0.0, min(self._stall, left)))
                if message.get("gone"):
                    self.close()
                yield message
                if message.get("end"):
                    return
        except frames.Silent:
            self.close()
            whole = time.monotonic() >= until
            most = seconds if whole else self._stall
            raise _Died("parse.time", f"takes more than {most:g} seconds", whole=whole) from None
        except (frames.Ended, BrokenPipeError):
            raise self._dead(process) from None
        except (ValueError, TypeError, KeyError) as error:
            self.close()
            raise _Died("parse.crash", f"its parser answered nonsense ({error})", whole=True) from None
        except GeneratorExit:
            # Asked for no more: what the child still writes must not answer the next request.
            self.close()
            raise
        finally:
            self._busy = False

    def _dead(self, process: subprocess.Popen[bytes]) -> "_Died":
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
        code = process.returncode
        self.close()
        if code is not None and -code == signal.SIGXCPU:
            return _Died("parse.time", f"takes more than {self.limits.seconds:g} CPU-seconds", whole=True)
        name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
        memory = (
            f"; it may use {self._memory >> 20:,} MB" if name in ("SIGKILL", "SIGABRT", "SIGTRAP") else ""
        )
        return _Died("parse.crash", f"its parser died ({name}{memory})")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            self._process = None  # of the process that this one was forked from
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._owner = os.getpid()
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", child.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )
        self._process = process
        atexit.register(self.close)
        assert process.stdin and process.stdout
        hello = {"parent": os.getpid(), "limits": asdict(self.limits), "memory": self._memory}
        try:
            frames.write(process.stdin.fileno(), hello)
            frames.read(process.stdout.fileno(), _START_SECONDS)
        except (frames.Ended, frames.Silent, BrokenPipeError):
            raise self._dead(process) from None
        return process


def _key(item: Item) -> tuple[str, ...]:
    """What tells an item from the others of its file: read again, a file gives some a second time."""
    place = (
        item.name
        if isinstance(item, Member)
        else getattr(item, "position", "") or str(getattr(item, "number", ""))
    )
    return type(item).__name__, place, getattr(item, "reason", "")


class _Died(Exception):
    """whole: there is no use in reading the file again without the page."""

    def __init__(self, reason: str, detail: str, *, whole: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.whole = reason, detail, whole
