"""One run as the board shows it: what was read from its files in one state, kept until they change."""

import time
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

from rewarm.board import stamp
from rewarm.board.channel_curves import ChannelCurves
from rewarm.diagnose.diagnosis import diagnose
from rewarm.runs.reread import reread
from rewarm.runs.run import Run
from rewarm.runs.training_log import LogReader, TrainingLog

_PATIENCE = 20


class State:
    """A run at one state of its files. Everything is read when asked for and kept.

    Requests run in threads: `lock` is held while the log is read, so that two of them do not read it twice.
    """

    def __init__(self, run: Run, stamp: str, reader: LogReader, lock: RLock) -> None:
        self.run, self.stamp, self._reader, self._lock = run, stamp, reader, lock
        self._curves: ChannelCurves | None = None

    @property
    def log(self) -> TrainingLog | None:
        """The training log so far. Raises FileNotFoundError when it changes all the time."""
        curves = self.curves
        return curves.log if curves else None

    @property
    def curves(self) -> ChannelCurves | None:
        """Its curves; None before the first update."""
        with self._lock:
            if self._curves is None:
                log = reread(lambda: self._reader.read(self.run))
                self._curves = ChannelCurves(log) if log else None
            return self._curves


@dataclass(frozen=True)
class Findings:
    """What `diagnose` found at one state. seconds: that it took; made: on the monotonic clock."""

    stamp: str
    plain: dict[str, Any]
    seconds: float
    made: float


class RunView:
    """A run directory that is looked at again and again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = RLock()
        self._reader = LogReader()
        self._state: State | None = None
        self._findings: Findings | None = None

    @property
    def state(self) -> State:
        """The run in the present state of its files. Raises RewarmError where there is no run any more."""
        with self._lock:
            run = Run(self.path)
            now = stamp.stamp(run)
            if self._state is None or self._state.stamp != now:
                self._state = State(run, now, self._reader, self._lock)
            return self._state

    @property
    def findings(self) -> Findings:
        """The findings of the run. Those of an earlier state while `diagnose` would take more than a
        twentieth of the time: it reads the whole log and samples of the text."""
        with self._lock:
            now, found = self.state, self._findings
            if found and (
                found.stamp == now.stamp or time.monotonic() - found.made < _PATIENCE * found.seconds
            ):
                return found
            began = time.monotonic()
            plain = diagnose(now.run, now.log).plain()
            ended = time.monotonic()
            self._findings = Findings(now.stamp, plain, ended - began, ended)
            return self._findings

    def forget(self) -> None:
        """Drop what was read; it is read again when needed."""
        with self._lock:
            self._state, self._reader = None, LogReader()
