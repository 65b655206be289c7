"""Sends warnings and errors of `rewarm diagnose` to `train.notify`, during training and at the end of a run.

During the step `train` a thread starts `rewarm diagnose --json` again and again, as a process of its own and
of low priority, at most a twentieth of the time: training shares neither its memory nor its interpreter lock.
A finding is sent once for each severity of a training, also when that is resumed: `notified.json` of the run
names what was sent.

A curve that is not complete can look worse than it is. So during training a finding is sent when two
diagnoses in a row have it, and one that judges the curve of a whole stage when that stage is done.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psutil

from rewarm.diagnose.diagnosis import diagnose
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.recipe.train import Notify
from rewarm.runs.run import Run
from rewarm.trackers import event
from rewarm.trackers.notifier import Notifier

NAME = "notified.json"
EVERY = 60.0  # seconds between two diagnoses during training, at least
_PATIENCE = 20  # and at least this many times of what the last one took
_FAILURES = 3  # in a row, before they are reported: a roll-back may remove files while they are read
# `domain-flat` and `falls-fast` compare the end of the first stage with its start or its first quarter.
_OF_A_WHOLE_STAGE = ("domain-flat", "falls-fast")

# Rule, severity, channel, stage.
Key = tuple[str, str, str, str]


class FindingNotices:
    """The findings of one run, as far as a destination asks for them."""

    def __init__(self, folder: Path, name: str, notify: list[Notify]) -> None:
        """folder: the run directory, or that of a variant; name: of the run; notify: `train.notify`."""
        settings = [one.model_dump(mode="json") for one in notify]
        self._folder, self._name = folder, name
        self._settings = [one for one in settings if "finding" in one["on"]]

    def during(self, step: str) -> AbstractContextManager[None]:
        """Diagnose while the block trains; nothing for the other steps."""
        return self._following() if step == "train" and self._settings else nullcontext()

    def at_end(self) -> None:
        """Send what the diagnosis of the finished run adds, with its held-out losses."""
        if self._settings:
            found = diagnose(Run(self._folder)).plain()
            with self._sender() as send:
                send(found["updates"], found["findings"])

    @contextmanager
    def _following(self) -> Iterator[None]:
        with self._sender() as send:
            follower = _Follower(self._folder, send)
            thread = threading.Thread(target=follower.run, name="notify findings", daemon=True)
            thread.start()
            try:
                yield
            finally:
                follower.stop()
                thread.join()

    @contextmanager
    def _sender(self) -> Iterator["_Sender"]:
        notifier = Notifier(self._settings, self._name, self._folder)
        try:
            yield _Sender(self._folder, notifier)
        finally:
            notifier.close()


class _Sender:
    """Sends the findings that `notified.json` does not name for this training."""

    def __init__(self, folder: Path, notifier: Notifier) -> None:
        self._folder, self._notifier = folder, notifier

    def __call__(self, update: int, findings: list[dict[str, Any]]) -> None:
        training = Run(self._folder).training
        if training is None:
            return
        name = training.name.removesuffix(".partial")
        sent = _read(self._folder / NAME, name)
        fresh = [one for one in findings if one["severity"] in ("warning", "error") and _key(one) not in sent]
        if not fresh:
            return
        # Before they are sent: a kill in between loses a notification, instead of repeating it each time.
        keys = sorted(sent | set(map(_key, fresh)))
        with writing(self._folder / NAME) as aside:
            aside.write_text(json.dumps({"format": 1, "training": name, "sent": keys}, ensure_ascii=False))
        for one in fresh:
            text = f"{one['channel']} in {one['stage']}: {one['says']}"
            said = f"{text}\n{one['advice']}" if one["advice"] else text
            self._notifier.send(event.finding(update, one["severity"], one["rule"], said))


class _Follower:
    """Diagnoses a training again and again until `stop`."""

    def __init__(self, folder: Path, send: _Sender) -> None:
        self._folder, self._send = folder, send
        self._stopped = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # `stop` ends the process that is there, and none starts after it

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
            if self._process is not None:
                self._process.kill()

    def run(self) -> None:
        pause, failures, before, updates = EVERY, 0, set[Key](), 0
        while not self._stopped.wait(pause):
            began = time.monotonic()
            try:
                found = self._diagnose()
                if found is not None and found["updates"] > updates:
                    now = [one for one in found["findings"] if _settled(one, self._folder, found["updates"])]
                    self._send(found["updates"], [one for one in now if _key(one) in before])
                    before, updates = set(map(_key, now)), found["updates"]
                failures = 0
            except (RewarmError, OSError, ValueError) as error:
                failures += 1
                if failures == _FAILURES:
                    print(f"notify    findings: {error}; training continues", file=sys.stderr)
            pause = max(EVERY, _PATIENCE * (time.monotonic() - began))

    def _diagnose(self) -> dict[str, Any] | None:
        """`rewarm diagnose --json` of the training under way; None before its first update, or when stopped.

        Raises ValueError when the command failed.
        """
        # Until this training has begun, the run record names the previous training.
        training = Run(self._folder).training
        if training is None or training.suffix != ".partial":
            return None
        command = [sys.executable, "-m", "rewarm", "diagnose", str(self._folder), "--json"]
        with self._lock:
            if self._stopped.is_set():
                return None
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
            )
        with suppress(psutil.Error):
            psutil.Process(self._process.pid).nice(10)
        output, errors = self._process.communicate()
        if self._stopped.is_set():
            return None
        if self._process.returncode:
            last = errors.strip().rpartition("\n")[2]
            raise ValueError(f"`rewarm diagnose` ended with {self._process.returncode} ({last})")
        found: dict[str, Any] = json.loads(output)
        return found


def _settled(one: dict[str, Any], folder: Path, updates: int) -> bool:
    """Whether a finding is about more than the beginning of a curve. updates: that the log has."""
    if one["rule"] not in _OF_A_WHOLE_STAGE:
        return True
    return updates > max(planned.number for planned in Run(folder).plan if planned.stage == one["stage"])


def _key(one: dict[str, Any]) -> Key:
    return (one["rule"], one["severity"], one["channel"], one["stage"])


def _read(path: Path, training: str) -> set[Key]:
    """What was sent of a training; nothing when the file is about another one, or not to be read."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {tuple(key) for key in known["sent"]} if known["training"] == training else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()
