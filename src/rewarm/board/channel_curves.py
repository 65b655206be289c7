"""Losses by channel over a range of updates: smoothed, in buckets, with their values as a table.

A smoothed value is the ratio of the sums of a window of updates around it, which does not cross a stage.
"""

from dataclasses import dataclass, field
from math import log
from threading import Lock
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rewarm.board import channels
from rewarm.board.buckets import extremes, of_chart
from rewarm.report.training import ratio
from rewarm.runs.training_log import TrainingLog

Floats = npt.NDArray[np.float64]
Unit = Literal["bits", "nats"]
# A window of a hundredth of the run removes most of the noise between neighbouring updates.
_SHARE = 100
_KEPT = 3  # smoothed axes: those of the last views, so that a zoom does not smooth again


@dataclass
class ChannelCurves:
    """The curves of one state of a log."""

    log: TrainingLog
    _smoothed: dict[tuple[str, Unit, int], tuple[list[str], Floats]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def auto(self) -> int:
        """Updates in a window when none is asked for."""
        return max(1, len(self.log.updates) // _SHARE)

    def smoothed(self, axis: str, unit: Unit, window: int) -> tuple[list[str], Floats]:
        """Channels, and float64 [channels, n]: the loss around each update; NaN without tokens."""
        key = (axis, unit, window)
        with self._lock:
            if key not in self._smoothed:
                while len(self._smoothed) >= _KEPT:
                    self._smoothed.pop(next(iter(self._smoothed)))
                self._smoothed[key] = self._smooth(axis, unit, window)
            return self._smoothed[key]

    def _smooth(self, axis: str, unit: Unit, window: int) -> tuple[list[str], Floats]:
        named = channels.rows(self.log.leaves, axis)
        size = self.log.bytes if unit == "bits" else self.log.tokens
        start, stop = windows(self.log.stages, len(self.log.updates), window)
        found = np.empty((len(named), len(self.log.updates)))
        for at, rows in enumerate(named.values()):
            found[at] = ratio(_sum(self.log.nats, rows), _sum(size, rows), start, stop)
        return list(named), found / log(2) if unit == "bits" else found

    def plain(
        self, axis: str, unit: Unit, window: int, first: int | None, last: int | None
    ) -> dict[str, Any]:
        """For the page. first, last: updates, both shown; None for the ends of the log."""
        names, values = self.smoothed(axis, unit, window)
        begin, end = positions(self.log.updates, first, last)
        at, found = extremes(values, begin, end, of_chart(len(values)))
        seen = values[:, begin:end]
        return {
            "unit": unit, "smooth": window, "x": self.log.updates[at],
            "series": [
                {"label": name, "y": found[row].astype(np.float32), **_ends(seen[row])}
                for row, name in enumerate(names)
            ],
        }  # fmt: skip


def windows(
    stages: list[tuple[str, int, int]], n: int, window: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Start and end of the window around each position, int64 [n] each, inside its stage."""
    at = np.arange(n)
    start, stop = at - (window - 1) // 2, at + window // 2 + 1
    for _, first, last in stages:
        start[first:last] = np.maximum(start[first:last], first)
        stop[first:last] = np.minimum(stop[first:last], last)
    return start, stop


def positions(updates: npt.NDArray[np.int64], first: int | None, last: int | None) -> tuple[int, int]:
    """The positions of the updates `first` to `last`, at least one."""
    begin = 0 if first is None else int(np.searchsorted(updates, first))
    end = len(updates) if last is None else int(np.searchsorted(updates, last, side="right"))
    begin = min(begin, len(updates) - 1)
    return begin, max(begin + 1, end)


def _sum(table: Floats, rows: list[int]) -> Floats:
    total: Floats = table[rows[0]] if len(rows) == 1 else table[rows].sum(0)
    return total


def _ends(values: Floats) -> dict[str, float | None]:
    """What the table under the chart shows of a channel: first, last, least and greatest value."""
    sound = values[np.isfinite(values)]
    if not len(sound):
        return {"first": None, "last": None, "least": None, "greatest": None}
    return {
        "first": float(sound[0]), "last": float(sound[-1]),
        "least": float(sound.min()), "greatest": float(sound.max()),
    }  # fmt: skip
