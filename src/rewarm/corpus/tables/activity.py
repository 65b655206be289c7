"""`activity.json`: which process works, or worked last, in a run directory, and how that ended.

`pipeline/run_directory.py` replaces it at every step, `runs/status.py` reads it. It describes one call of
`rewarm run`, while `run.json` describes the results. Nothing depends on it: no step reads it, and it is
written without a sync, because a machine that crashes leaves no process to describe.
"""

import json
import os
import socket
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import psutil

from rewarm.engine.run_log import NAME as LOG

NAME = "activity.json"
FORMAT = 1
__all__ = ["FORMAT", "LOG", "NAME", "Activity", "now", "of_this_process", "read", "write"]


@dataclass(frozen=True)
class Activity:
    """state: running, finished, stopped (with its state saved) or failed; process: ID on `host`, and when it
    was created in seconds since 1970, because IDs are reused; started, ended: ISO 8601 in UTC; step: the one
    that runs, or ran last; done, steps: finished steps of all; until: the last step that was asked for, ""
    for all; message: why it stopped or failed, the first line of the error."""

    process: int
    process_created: float
    host: str
    started: str
    state: str = "running"
    ended: str | None = None
    step: str = ""
    done: int = 0
    steps: int = 0
    until: str = ""
    message: str = ""
    format: int = FORMAT

    @property
    def alive(self) -> bool | None:
        """Whether its process still exists; None where another machine ran it, which cannot be asked."""
        if self.host != socket.gethostname():
            return None
        try:
            created = psutil.Process(self.process).create_time()
        except psutil.NoSuchProcess:
            return False
        # The kernel counts in ticks since the boot, and psutil adds a boot time in whole seconds.
        return abs(created - self.process_created) < 2


def of_this_process(steps: int, until: str) -> Activity:
    """The activity of this process, which starts now."""
    own = psutil.Process()
    return Activity(own.pid, own.create_time(), socket.gethostname(), now(), steps=steps, until=until)


def now() -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def read(folder: Path) -> Activity | None:
    """The activity in a run directory; None where there is none, or one of another format."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return None
    return Activity(**{one.name: found[one.name] for one in fields(Activity) if one.name in found})


def write(folder: Path, activity: Activity) -> None:
    """Replace the activity in a run directory as a whole."""
    aside = folder / f"{NAME}.writing"
    aside.write_text(json.dumps(asdict(activity), indent=1, ensure_ascii=False), encoding="utf-8")
    os.replace(aside, folder / NAME)
