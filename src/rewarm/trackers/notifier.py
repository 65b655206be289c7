"""Notifications of a training: each destination has its own thread, and training waits for none.

Events go through a queue. A destination that hangs or fails costs training nothing; a failure is reported
once on stderr and counted, and the end of training waits for the last deliveries at most the destination's
timeout.
"""

import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rewarm.engine.work import Work
from rewarm.errors import Stopped
from rewarm.trackers import delivery
from rewarm.trackers.delivery import NotDelivered
from rewarm.trackers.event import Event

_QUEUE = 64  # events
_SPARE = 1.0  # seconds beyond a destination's timeout that the end of training waits

# A destination: delivers a payload, raises NotDelivered.
Deliver = Callable[[Mapping[str, Any]], None]


class Notifier:
    """The destinations of a training."""

    def __init__(self, settings: list[dict[str, Any]], name: str, folder: Path) -> None:
        """settings: `train.notify` as plain values; name, folder: of the run, in every payload."""
        self._about = {"run": name, "folder": str(folder.absolute())}
        self.update = 0  # of the last event that had one
        self._threads = [_Destination(one) for one in settings]

    def send(self, event: Event) -> None:
        """Hand an event to the destinations that asked for its kind."""
        self.update = max(self.update, event.update)
        when = datetime.now(UTC).isoformat(timespec="seconds")
        row = event.plain()
        payload = {"format": 1, "event": row.pop("kind"), **row, **self._about, "time": when}
        for thread in self._threads:
            thread.put(event.kind, payload)

    def close(self) -> None:
        """Wait for the last deliveries; print how often a destination failed."""
        for thread in self._threads:
            thread.close()


class _Destination:
    def __init__(self, setting: dict[str, Any]) -> None:
        self._kinds, self._timeout = set(setting["on"]), float(setting["timeout"])
        self._name, self._deliver = _destination(setting)
        self._failures = 0
        self._queue: queue.Queue[Mapping[str, Any] | None] = queue.Queue(_QUEUE)
        # Started by the first event: most trainings have none before their end.
        self._thread: threading.Thread | None = None

    def put(self, kind: str, payload: Mapping[str, Any]) -> None:
        if kind not in self._kinds:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=f"notify {self._name}", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(payload)
        except queue.Full:
            self._failed("too many events are waiting")

    def close(self) -> None:
        if self._thread is None:
            return
        try:
            self._queue.put(None, timeout=self._timeout)
            self._thread.join(self._timeout + _SPARE)
        except queue.Full:
            pass
        if self._thread.is_alive():
            self._failed("did not end in time and was left")
        if self._failures > 1:
            print(f"notify    {self._name}: {self._failures:,} notifications failed", file=sys.stderr)

    def _work(self) -> None:
        while (payload := self._queue.get()) is not None:
            try:
                self._deliver(payload)
            except NotDelivered as error:
                self._failed(str(error))
            except Exception as error:  # training goes on whatever happens here
                self._failed(type(error).__name__)

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures == 1:
            print(f"notify    {self._name}: {why}; training continues", file=sys.stderr)


def _destination(setting: dict[str, Any]) -> tuple[str, Deliver]:
    """What it is called on the terminal, and how it is reached. A URL is named nowhere."""
    timeout = float(setting["timeout"])
    if setting["command"]:
        command = list(setting["command"])
        return f"command {command[0]}", lambda payload: delivery.by_command(command, payload, timeout)
    variable = setting["url_env"]

    def post(payload: Mapping[str, Any]) -> None:
        url = os.environ.get(variable, "") if variable else setting["url"]
        if not url:
            raise NotDelivered(f"the environment variable {variable} is not set")
        delivery.by_webhook(url, payload, timeout)

    return f"webhook{f' in {variable}' if variable else ''}", post


@contextmanager
def of_step(work: Work, *, first: bool) -> Iterator[Notifier]:
    """The notifier of the step `train`; it sends the failure or the end of what runs inside.

    first: whether this process is rank 0; the others notify nobody. Ctrl-C by a user is no event.
    """
    settings = work.config["free"]["notify"] if first else []
    notifier = Notifier(settings, work.config["name"], work.folder.parent.parent)
    try:
        yield notifier
    except BaseException as error:
        notifier.send(_ended_by(error, notifier.update))
        raise
    else:
        notifier.send(Event("end", "info", notifier.update, "Training finished", "training finished"))
    finally:
        notifier.close()


def _ended_by(error: BaseException, update: int) -> Event:
    text = str(error).strip() or type(error).__name__
    if isinstance(error, (Stopped, KeyboardInterrupt)):
        return Event("end", "info", update, "Training stopped", text)
    return Event("failure", "error", update, "Training failed", text)
