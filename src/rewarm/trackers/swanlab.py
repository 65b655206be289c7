"""SwanLab, offline unless the environment says otherwise (SWANLAB_MODE); `swanlab sync` sends later.

As with W&B, values cannot be withdrawn: a killed or rolled-back run goes on as another experiment of
the same group. SwanLab keeps some kilobytes in memory and has no call to write them, so `kill -9`
may cost it the last few updates, also before the checkpoint.
"""

import os
import sys
from contextlib import redirect_stdout
from typing import Any

import swanlab

from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run


def open_run(run: Run) -> "SwanLab":
    """Open the run offline in `run.folder`; SwanLab's own environment variables take precedence."""
    run.folder.mkdir(parents=True, exist_ok=True)
    chosen: dict[str, Any] = {
        "SWANLAB_MODE": ("mode", "offline"),
        "SWANLAB_LOGDIR": ("log_dir", str(run.folder)),
        "SWANLAB_PROJ_NAME": ("project", run.project),
        "SWANLAB_EXP_NAME": ("name", run.title),
        "SWANLAB_GROUP": ("group", run.name),
    }
    given = dict(pair for variable, pair in chosen.items() if variable not in os.environ)
    # It greets on stdout, where our results stand; and it would put stdout and stderr into its log.
    with redirect_stdout(sys.stderr):
        settings = swanlab.Settings(interactive=False, terminal={"proxy_type": "none"})
        return SwanLab(
            swanlab.init(
                id=run.id, resume="allow", config=run.config, settings=settings, reinit=True, **given
            )
        )


class SwanLab:
    def __init__(self, run: "swanlab.Run") -> None:
        self._run = run

    def log(self, update: int, values: dict[str, float]) -> None:
        self._run.log(values, step=update)

    def alert(self, event: Event) -> None:
        """A text under `events/KIND`."""
        self._run.log({f"events/{event.kind}": swanlab.Text(event.text)}, step=event.update)

    def flush(self) -> None:
        """SwanLab offers no such call."""

    def close(self, *, whole: bool) -> None:
        with redirect_stdout(sys.stderr):
            self._run.finish(state="success" if whole else "aborted")
