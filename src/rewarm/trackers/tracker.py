"""The interface of a tracker, and the list of them.

Only TensorBoard can withdraw values. So a training that goes on where it was closed properly stays one run in
the tracker, and one that was killed or rolled back goes on as another, which begins at its checkpoint: no run
shows an update twice.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from rewarm.trackers.event import Event

# Packages that must be importable, by the name in the recipe, which is that of the module here.
_NEEDS = {
    "tensorboard": ("tensorboard",),
    "wandb": ("wandb",),
    "swanlab": ("swanlab",),
    "mlflow": ("mlflow", "sqlalchemy", "alembic"),
    "trackio": ("trackio",),
}


@dataclass(frozen=True)
class Run:
    """What a tracker needs to open its run.

    folder: the tracker's own, in the run directory; project: the recipe's name; name: of the training
    step, the same after a resume; first_update: the first that will be sent; id: of this run
    in the tracker; again: the run of this id was closed properly just before; left: the id given up.
    """

    folder: Path
    project: str
    name: str
    config: dict[str, Any]
    first_update: int
    id: str
    again: bool
    left: str | None

    @property
    def title(self) -> str:
        """The name to show; a run that begins after update 0 shows where."""
        return self.name if self.first_update == 0 or self.again else f"{self.name} from {self.first_update}"


class Tracker(Protocol):
    """A run in a tracker, used by one thread until closed. Updates only rise."""

    def log(self, update: int, values: dict[str, float]) -> None:
        """All values of an update, at once."""

    def flush(self) -> None:
        """Send what is held back, as far as the tracker can."""

    def close(self, *, whole: bool) -> None:
        """End the run. whole: closed properly; otherwise training goes on as another run."""


@runtime_checkable
class ShowsAlerts(Protocol):
    """A tracker that can show events, as alert, text or tag. Updates of events need not rise."""

    def alert(self, event: Event) -> None:
        """Show one event."""


def packages(name: str) -> tuple[str, ...]:
    """Packages that must be importable for a tracker."""
    return _NEEDS[name]


def opener(name: str) -> Callable[[Run], Tracker]:
    """The function that opens this tracker; imports it."""
    found: Callable[[Run], Tracker] = importlib.import_module(f"rewarm.trackers.{name}").open_run
    return found
