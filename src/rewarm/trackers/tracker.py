"""What a tracker is, and which there are.

No tracker can take back what it was told, TensorBoard apart. So a run that goes on where it was
ended in good order is one run in the tracker, and one that was killed or rolled back goes on as
another, which begins at its checkpoint: none shows an update twice.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

# What must be importable; the module here has the same name as the recipe's word.
_NEEDS = {
    "tensorboard": ("tensorboard",),
    "wandb": ("wandb",),
    "swanlab": ("swanlab",),
    "mlflow": ("mlflow", "sqlalchemy", "alembic"),
}


@dataclass(frozen=True)
class Run:
    """What a tracker is opened for.

    folder: the tracker's own, in the run directory; project: the recipe's name; name: of the training
    step, the same after a resume; first_update: that will be sent; id: of this run in the
    tracker; again: this id was ended in good order just before it; left: the id that was given up.
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
        """The name to show: a run that begins later says where."""
        return self.name if self.first_update == 0 or self.again else f"{self.name} from {self.first_update}"


class Tracker(Protocol):
    """Open, in one thread, until closed. Updates only rise."""

    def log(self, update: int, values: dict[str, float]) -> None:
        """All values of an update, at once."""

    def flush(self) -> None:
        """Hand over what is held back, as far as the tracker can."""

    def close(self, *, whole: bool) -> None:
        """End the run. whole: in good order; otherwise it goes on as another from an earlier update."""


def packages(name: str) -> tuple[str, ...]:
    """What must be importable for a tracker."""
    return _NEEDS[name]


def opener(name: str) -> Callable[[Run], Tracker]:
    """The function that opens this tracker; imports it."""
    found: Callable[[Run], Tracker] = importlib.import_module(f"rewarm.trackers.{name}").open_run
    return found
