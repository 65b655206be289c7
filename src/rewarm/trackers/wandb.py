"""Weights & Biases, offline unless the environment says otherwise (WANDB_MODE); `wandb sync` sends later.

The step of W&B only rises, and its rewinding works on a server alone. So a killed or rolled-back run
goes on as another run of the same group, from its checkpoint on; one that was stopped in good order
resumes under its id. Project, name, group and all else follow WANDB_* where they are set.
"""

import os
from typing import Any

import wandb

from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run


def open_run(run: Run) -> "WandB":
    """Open the run offline in `run.folder`; W&B's own environment variables take precedence."""
    run.folder.mkdir(parents=True, exist_ok=True)
    chosen: dict[str, Any] = {
        "WANDB_MODE": ("mode", "offline"),
        "WANDB_DIR": ("dir", str(run.folder)),
        "WANDB_PROJECT": ("project", run.project),
        "WANDB_NAME": ("name", run.title),
        "WANDB_RUN_GROUP": ("group", run.name),
    }
    given = dict(pair for variable, pair in chosen.items() if variable not in os.environ)
    settings: dict[str, Any] = {}
    if "WANDB_CONSOLE" not in os.environ:
        # The progress bar is not worth keeping, and wrapping stdout would change what programs read.
        settings["console"] = "off"
    if "WANDB_SILENT" not in os.environ:
        settings["silent"] = True
    if given.get("mode") == "offline":
        os.environ.setdefault("WANDB_ERROR_REPORTING", "false")
    return WandB(
        wandb.init(
            id=run.id,
            resume="allow",
            config=run.config,
            reinit="create_new",
            settings=wandb.Settings(**settings),
            **given,
        )
    )


class WandB:
    def __init__(self, run: "wandb.Run") -> None:
        self._run = run

    def log(self, update: int, values: dict[str, float]) -> None:
        # Without commit W&B holds an update back until the next one comes.
        self._run.log(values, step=update, commit=True)

    def alert(self, event: Event) -> None:
        """An alert of W&B: sent by mail or Slack as the user's account says, once the run is online."""
        level = {"info": "INFO", "warning": "WARN", "error": "ERROR"}[event.level]
        self._run.alert(event.title, event.text, level=level)

    def flush(self) -> None:
        """W&B's own process writes what it was given; there is nothing to ask for."""

    def close(self, *, whole: bool) -> None:
        self._run.finish(exit_code=0 if whole else 1)
