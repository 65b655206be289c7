"""Trackio: a local SQLite database in `trackers/trackio`; `TRACKIO_DIR=… trackio show` shows it.

Values go to a Space or a server only where TRACKIO_SPACE_ID or TRACKIO_SERVER_URL names one, as in Trackio
itself. Logged values cannot be withdrawn, so a killed or rolled-back run goes on as another of the same
group. Trackio reads TRACKIO_DIR when it is imported, so that happens in `open_run`.
"""

import os
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run

if TYPE_CHECKING:
    import trackio


def open_run(run: Run) -> "Trackio":
    """Open the run in `run.folder`, or where TRACKIO_DIR points."""
    run.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TRACKIO_DIR", str(run.folder.absolute()))
    import trackio

    # It prints how to show the project, and stdout is for results.
    with redirect_stdout(sys.stderr):
        # Trackio resumes by name: it has to be the run's own, and the same after a resume.
        name = f"{run.name} {run.id[:6]}"
        opened = trackio.init(
            project=run.project, name=name, group=run.name, config=run.config,
            resume="allow" if run.again else "never", embed=False, auto_log_gpu=False, auto_log_cpu=False,
        )  # fmt: skip
    return Trackio(opened)


class Trackio:
    def __init__(self, run: "trackio.Run") -> None:
        self._run = run

    def log(self, update: int, values: dict[str, float]) -> None:
        self._run.log(values, step=update)

    def alert(self, event: Event) -> None:
        """An alert of Trackio, which also goes to the webhook that TRACKIO_WEBHOOK_URL names."""
        import trackio

        level = {"info": "info", "warning": "warn", "error": "error"}[event.level]
        with redirect_stdout(sys.stderr):
            self._run.alert(event.title, event.text, trackio.AlertLevel(level), step=event.update)

    def flush(self) -> None:
        """Trackio writes what it was given twice a second; there is nothing to ask for."""

    def close(self, *, whole: bool) -> None:
        with redirect_stdout(sys.stderr):
            self._run.finish()
