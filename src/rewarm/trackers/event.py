"""An event of a training that somebody may want to know: an incident, a finding, a failure, the end."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["incident", "finding", "failure", "end"]
Level = Literal["info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Event:
    """update: finished updates, or the one that an incident is about; title: a few words; text: one line, or
    one for what was seen and one for what to do."""

    kind: Kind
    level: Level
    update: int
    title: str
    text: str

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def incident(update: int, text: str) -> Event:
    """An incident of the spike guard or the forgetting guard. text: `incident_words.in_words`."""
    return Event("incident", "warning", update, f"Incident at update {update:,}", text)


def finding(update: int, level: Level, rule: str, text: str) -> Event:
    """A finding of `rewarm diagnose`. rule: its name; text: what was seen, where, and what to do."""
    return Event("finding", level, update, f"Finding: {rule}", text)
