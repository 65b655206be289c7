"""All trackers of a training: they get every row of its log."""

import json
from pathlib import Path
from typing import Any

from rewarm.engine.work import Work
from rewarm.trackers import values
from rewarm.trackers.event import Event
from rewarm.trackers.tracker_thread import TrackerThread


def of_step(work: Work) -> "Trackers":
    """Those of the step `train`, in `trackers/` of the run, since a published directory never changes."""
    free = work.config["free"]
    return Trackers(
        free["trackers"],
        work.folder.parent.parent / "trackers",
        work.config["name"],
        work.folder.name.removesuffix(".partial"),
        {key: value for key, value in work.config.items() if key != "name"},
        json.loads(work.table("leaves").read_text()),
        every=free["track_every"],
    )


class Trackers:
    """The trackers that the recipe names. Update k is at step k, as is an evaluation after it."""

    def __init__(
        self,
        names: list[str],
        folder: Path,
        project: str,
        training: str,
        config: dict[str, Any],
        leaves: list[dict[str, Any]],
        *,
        every: int = 1,
    ) -> None:
        """folder: of all; config: what they show; leaves: as in leaves.json; every: updates of a point."""
        self._threads = [TrackerThread(name, folder, project, training, config) for name in names]
        self._channels = values.channels(leaves)
        self._every = every
        self._rows: list[dict[str, Any]] = []
        self._retained: list[dict[str, Any]] = []

    def start(self, update: int) -> None:
        """Open all; the next row is that of `update`."""
        for thread in self._threads:
            thread.start(update)

    def add(self, row: dict[str, Any]) -> None:
        """One update, as the log has it."""
        if not self._threads:
            return
        # The forgetting guard may have evaluated the update before: then both are sent together.
        self._send()
        self._rows.append(row)

    def add_retained(self, rows: list[dict[str, Any]]) -> None:
        """One evaluation of the forgetting guard."""
        self._retained += rows

    def alert(self, event: Event) -> None:
        """Show an event where the tracker can."""
        for thread in self._threads:
            thread.alert(event)

    def flush(self) -> None:
        """Send what is waiting; called before a checkpoint is written."""
        if self._threads:
            self._send()
        for thread in self._threads:
            thread.flush()

    def rewind(self, update: int) -> None:
        """Training went back: drop what was not sent of later updates."""
        self._rows = [row for row in self._rows if row["update"] < update]
        self._retained = [row for row in self._retained if row["update"] <= update]

    def close(self) -> None:
        """Send the rows that are left and end every tracker's thread."""
        if self._threads and self._rows:
            self._send(last=True)
        for thread in self._threads:
            thread.close()

    def _send(self, *, last: bool = False) -> None:
        if not self._rows or not (last or (self._rows[-1]["update"] + 1) % self._every == 0):
            return
        sent = values.of_updates(self._rows, self._channels) | values.of_retained(self._retained)
        for thread in self._threads:
            thread.say(self._rows[-1]["update"], sent)
        self._rows, self._retained = [], []
