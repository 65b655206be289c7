"""A tracker in a thread of its own, so that it can neither stop training nor make it wait.

Values go through a queue. A tracker that hangs fills it; values that no longer fit, and those that the
tracker refuses, count as missed, and the first time is reported on stderr. A small file beside the
tracker's own holds the ID of its run and the update at which it was closed properly.
"""

import json
import queue
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.engine.publish import writing
from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run, ShowsAlerts, Tracker, opener

_QUEUE = 1024  # updates
_FLUSH = 5.0  # seconds that a checkpoint waits
_CLOSE = 60.0  # seconds that the end of training waits


@dataclass(frozen=True)
class _Said:
    update: int
    values: dict[str, float]


@dataclass(frozen=True)
class _Flush:
    done: threading.Event


class _Close:
    pass


class TrackerThread:
    """One tracker of a training step. Nothing here raises what the tracker raises.

    failures: calls that failed and updates that did not fit into the queue.
    """

    def __init__(self, name: str, folder: Path, project: str, training: str, config: dict[str, Any]) -> None:
        """folder: of all trackers; training: the name of the step's directory. Opens nothing yet."""
        self.name, self.failures = name, 0
        self._folder, self._project, self._training, self._config = folder / name, project, training, config
        self._note = folder / name / f"{training}.json"
        self._queue: queue.Queue[_Said | Event | _Flush | _Close] = queue.Queue(_QUEUE)
        self._thread: threading.Thread | None = None
        self._flushing: threading.Event | None = None
        self._tracker: Tracker | None = None
        self._id, self._next, self._whole = "", 0, True

    def start(self, update: int) -> None:
        """Start the thread; the first update sent will be `update` or a later one."""
        self._thread = threading.Thread(target=self._work, args=(update,), name=self.name, daemon=True)
        self._thread.start()

    def say(self, update: int, values: dict[str, float]) -> None:
        """Send an update. One that was sent before means that training went back to it."""
        self._put(_Said(update, values))

    def alert(self, event: Event) -> None:
        """Show an event where the tracker can."""
        self._put(event)

    def flush(self) -> None:
        """Have everything sent so far handed over, waiting for at most `_FLUSH` seconds."""
        if self._flushing is not None and not self._flushing.is_set():
            return  # the last flush still hangs
        self._flushing = threading.Event()
        if self._put(_Flush(self._flushing)):
            self._flushing.wait(_FLUSH)

    def close(self) -> None:
        """End the run in the tracker; print how often it failed."""
        if self._thread is None:
            return
        if self._put(_Close(), wait=_FLUSH):
            self._thread.join(_CLOSE)
        if self._thread.is_alive():
            self._failed("did not end in time and was left")
        self._thread = None
        if self.failures:
            said = f"failed {self.failures:,} times: updates are missing there, none in the run's own log"
            print(f"tracker   {self.name}: {said}", file=sys.stderr)

    def _put(self, what: _Said | Event | _Flush | _Close, *, wait: float = 0) -> bool:
        try:
            self._queue.put(what, block=wait > 0, timeout=wait or None)
        except queue.Full:
            self._failed("takes nothing any more")
            return False
        return True

    def _work(self, update: int) -> None:
        self._open(update)
        while not isinstance(what := self._queue.get(), _Close):
            if isinstance(what, _Flush):
                self._call("flush")
                what.done.set()
                continue
            if isinstance(what, Event):
                if isinstance(self._tracker, ShowsAlerts):
                    self._call("alert", what)
                continue
            if what.update < self._next:
                self._end(whole=False)
                self._open(what.update)
            self._next = what.update + 1
            if self._tracker is None:
                self.failures += 1
            else:
                self._call("log", what.update, what.values)
        self._end(whole=self._whole)

    def _open(self, update: int) -> None:
        try:
            known = json.loads(self._note.read_text()) if self._note.exists() else {}
            again = known.get("next") == update
            self._id = known["id"] if again else uuid.uuid4().hex[:16]
            left = None if again else known.get("id")
            self._next, self._whole = update, True
            self._write_note(None)
            place = (self._folder, self._project, self._training, self._config)
            self._tracker = opener(self.name)(Run(*place, update, self._id, again, left))
        except BaseException as error:  # training goes on after a library's SystemExit too
            self._tracker = None
            self._failed(f"could not be opened ({_short(error)})")

    def _end(self, *, whole: bool) -> None:
        if self._tracker is not None and self._call("close", whole=whole) and whole:
            try:
                self._write_note(self._next)
            except OSError as error:
                self._failed(f"left no note ({_short(error)})")
        self._tracker = None

    def _call(self, action: str, *what: object, **how: object) -> bool:
        if self._tracker is None:
            return True
        try:
            getattr(self._tracker, action)(*what, **how)
        except BaseException as error:
            self._failed(f"could not {action} ({_short(error)})")
            return False
        return True

    def _failed(self, what: str) -> None:
        self.failures += 1
        self._whole = False
        if self.failures == 1:
            print(f"tracker   {self.name}: {what}; training continues", file=sys.stderr)

    def _write_note(self, next_update: int | None) -> None:
        self._note.parent.mkdir(parents=True, exist_ok=True)
        with writing(self._note) as aside:
            aside.write_text(json.dumps({"id": self._id, "next": next_update}))


def _short(error: BaseException) -> str:
    first = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {first[:200]}" if first else type(error).__name__
