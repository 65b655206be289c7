"""What a reader is given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rewarm.parse.limits import Limits
from rewarm.parse.reading import Reading


@dataclass(frozen=True)
class Job:
    """What a reader is given. begin: call with a position before each page or record; skip: positions
    that killed an earlier attempt; options: of the reader."""

    path: Path
    kind: str
    limits: Limits
    begin: Callable[[str], None]
    skip: frozenset[str] = frozenset()
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def reading(self) -> Reading:
        """What is to be read of the file."""
        return Reading.of_plain(self.options.get("reading", {}))

    def includes(self, what: str) -> bool:
        """Whether this is asked for (`reading.INCLUDE`)."""
        return what in self.reading.include
