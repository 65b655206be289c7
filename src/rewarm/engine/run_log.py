"""The log file of a run: every line that its process prints, with the time, appended by each start.

`sys.stdout` and `sys.stderr` are replaced by streams that pass everything on and copy whole lines. What
redraws a line in place (a write that begins with a carriage return: a progress bar on a terminal) is not
copied; `engine/progress.py` adds a line now and then instead. The file is opened for appending, so lines of
several processes stay whole. Worker processes print to the terminal only. A log that cannot be written (a
full disk) never stops a run.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

NAME = "log.txt"


class RunLog:
    """Appends lines with their time (UTC) to a file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)

    def line(self, text: str) -> None:
        """Append one line; several lines of text get the same time."""
        when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines = [f"{when} {line.rstrip()}\n" for line in text.split("\n") if line.strip()]
        try:
            self._file.write("".join(lines))
        except (OSError, ValueError):  # a full disk; closed while a thread still prints
            return

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError:
            return


class CopiedStream:
    """A text stream whose whole lines also go to a log; in everything else it is the stream."""

    def __init__(self, stream: IO[str], log: RunLog) -> None:
        self._stream, self.log = stream, log
        self._line = ""

    def write(self, text: str) -> int:
        written = self._stream.write(text)
        if not text.startswith("\r"):
            *whole, self._line = (self._line + text).split("\n")
            for line in whole:
                self.log.line(line)
        return written

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


@contextmanager
def copied_to(folder: Path, *, results: bool = True) -> Iterator[RunLog]:
    """Copy what this process prints to `folder`/log.txt while the block runs.

    results: stdout too, and not only what goes to stderr.
    """
    log = RunLog(folder / NAME)
    out, err = (cast("IO[str]", CopiedStream(stream, log)) for stream in (sys.stdout, sys.stderr))
    try:
        with redirect_stdout(out if results else sys.stdout), redirect_stderr(err):
            yield log
    finally:
        log.close()


def add(text: str) -> None:
    """Append to the log alone, when what is printed goes to one."""
    if isinstance(sys.stderr, CopiedStream):
        sys.stderr.log.line(text)
