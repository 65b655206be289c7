"""Writes the report of a run, once or again and again while it trains."""

import time
from collections.abc import Iterator
from pathlib import Path

from rewarm.report import page
from rewarm.runs.run import Run

_TRIES = 3  # of reading a log that a roll-back cuts meanwhile


def render(path: Path, every: float | None = None) -> Iterator[Path]:
    """The page's path, each time that it was written; once without `every`, else every so many seconds until
    the run is finished. Raises RewarmError where there is no run."""
    while True:
        run = Run(path)
        finished = run.record.finished
        yield _written(run)
        if every is None or finished:
            return
        time.sleep(every)


def _written(run: Run) -> Path:
    for _ in range(_TRIES - 1):
        try:
            return page.render(run)
        except FileNotFoundError:
            run = Run(run.path)
    return page.render(run)
