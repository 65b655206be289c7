"""Requests and tokens per minute of one process, as two leaky buckets.

A bucket fills at its rate and holds a sixth of a minute: a burst at the start must not draw a 429. Tokens are
taken for the most that an attempt can use and given back when its answer says less.
"""

import threading
import time
from collections.abc import Callable

_BURST_SECONDS = 10.0


class Bucket:
    """per_minute: units that flow in; None lets everything through."""

    def __init__(
        self, per_minute: int | None, now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        self._rate = per_minute / 60 if per_minute else 0.0
        self._most = max(1.0, self._rate * _BURST_SECONDS)
        self._level = self._most
        self._now, self._sleep = now, sleep
        self._last = now()
        self._lock = threading.Lock()

    def take(self, units: float) -> None:
        """Wait until this many units are there, and take them.

        More than the bucket holds are taken as a debt: the next ones wait for it.
        """
        if not self._rate:
            return
        with self._lock:
            now = self._now()
            self._level = min(self._most, self._level + (now - self._last) * self._rate)
            self._last = now
            wait = max(0.0, (min(units, self._most) - self._level) / self._rate)
            self._level -= units
        if wait:
            self._sleep(wait)

    def give_back(self, units: float) -> None:
        if self._rate:
            with self._lock:
                self._level = min(self._most, self._level + units)
