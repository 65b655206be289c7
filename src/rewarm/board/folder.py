"""The runs under a directory, by name: their paths relative to it.

A run is a directory with `run.json`, or with `activity.json` before its first step has finished. Nothing is
searched inside a run except its variants. A request names a run, and only names of this list are opened, so
no request reaches other directories.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from rewarm.board.query import NotThere
from rewarm.board.run_view import RunView
from rewarm.runs.status import is_run

_DEPTH = 4
_FRESH = 2.0  # seconds for which a list of runs is taken as it is
_OPEN = 4  # runs whose logs stay in memory: a log of 100,000 updates and 64 leaves has 150 MB


class RunFolder:
    """The runs under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = Lock()
        self._views: dict[str, RunView] = {}
        self._recent: list[str] = []
        self._found = -_FRESH

    def names(self) -> list[str]:
        """Names of all runs, sorted."""
        with self._lock:
            if time.monotonic() - self._found >= _FRESH:
                paths = {_name(self.root, path): path for path in _runs(self.root, _DEPTH)}
                self._views = {name: self._views.get(name) or RunView(path) for name, path in paths.items()}
                self._found = time.monotonic()
            return sorted(self._views)

    def view(self, name: str) -> RunView:
        """A run by its name. Raises NotThere for a name that is not in the list."""
        self.names()
        with self._lock:
            view = self._views.get(name)
            if view is None:
                raise NotThere(f"run: {name!r} is not a run under {self.root}")
            self._recent = [name, *(other for other in self._recent if other != name)]
            for other in self._recent[_OPEN:]:
                if other in self._views:
                    self._views[other].forget()
            self._recent = self._recent[:_OPEN]
            return view


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _runs(folder: Path, depth: int) -> Iterator[Path]:
    found = is_run(folder)
    if found:
        yield folder
    if (folder / "variants").is_dir():
        yield from (path for path in sorted((folder / "variants").iterdir()) if is_run(path))
    if found or (folder / "steps").is_dir() or not depth:
        return
    try:
        inside = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=True))
    except OSError:
        return
    for name in inside:
        if not name.startswith(".") and name != "variants":
            yield from _runs(folder / name, depth - 1)
