"""The leaves of a run: the distinct combinations of source and labels, by number."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Leaf:
    """A combination of source and labels, by its number in the tables."""

    number: int
    source: str
    labels: dict[str, str]

    def value(self, axis: str) -> str | None:
        """Its channel on an axis; None where it has no label."""
        return self.source if axis == "source" else self.labels.get(axis)


def read(path: Path) -> list[Leaf]:
    """The leaves of `leaves.json`, in order."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Leaf(int(row["leaf"]), row["source"], dict(row["labels"])) for row in rows]


def in_reading_order(axes: Iterable[str]) -> list[str]:
    """Axes without repeats: `task` first, since it says what to learn and what to retain; source last."""
    return sorted(dict.fromkeys(axes), key=lambda axis: {"task": 0, "source": 2}.get(axis, 1))
