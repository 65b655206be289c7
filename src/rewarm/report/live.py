"""Writes the report of a run, once or again and again while it trains."""

import time
from collections.abc import Iterator
from pathlib import Path

from rewarm.report import page
from rewarm.runs.reread import reread
from rewarm.runs.run import Run


def render(path: Path, every: float | None = None) -> Iterator[Path]:
    """The page's path, each time that it was written; once without `every`, else every so many seconds until
    the run is finished. Raises RewarmError where there is no run."""
    while True:
        finished = Run(path).record.finished
        yield reread(lambda: page.render(Run(path)))
        if every is None or finished:
            return
        time.sleep(every)
