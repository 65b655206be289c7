"""What runs a step's units: this process, a pool of this machine, or a cluster.

Every pool has the same four verbs, so that retries, quarantine and notes (`engine/work.py`) are
written once and are the same on each. A pool never retries by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rewarm.errors import RewarmError, full_disk

Counts = dict[str, int]
Unit = tuple[Any, ...]
Function = Callable[..., Counts]


@dataclass(frozen=True)
class Engine:
    """The recipe's part of the same name, as plain values."""

    kind: Literal["local", "ray"]
    address: str | None
    on_failed_shard: Literal["stop", "quarantine"]
    retries: int


# Of a step that is called without a recipe.
LOCAL = Engine("local", None, "stop", 0)


@dataclass(frozen=True)
class Failure:
    """A try that gave no counts. reason: for people; error: what the function raised, None when its worker
    died."""

    reason: str
    error: BaseException | None = None

    @property
    def final(self) -> bool:
        """Whether no other try and no quarantine may follow: letters to the user and full disks concern
        the whole run."""
        return self.error is not None and (
            isinstance(self.error, RewarmError) or full_disk(self.error) is not None
        )

    @classmethod
    def raised(cls, error: BaseException) -> "Failure":
        return cls(f"{type(error).__name__}: {' '.join(str(error).split())[:300]}", error)


Result = tuple[int, Counts | Failure]


class Pool(Protocol):
    """Runs units by their number."""

    def room(self) -> int:
        """How many units may be under way at once."""

    def submit(self, index: int, *, again: bool) -> None:
        """Start a unit. again: it failed before; where a death takes others along, it runs alone."""

    def completed(self) -> Iterable[Result]:
        """Wait for at least one unit that was submitted and give what ended."""

    def close(self) -> Iterable[Result]:
        """Start nothing more, wait for what runs, and give it."""
