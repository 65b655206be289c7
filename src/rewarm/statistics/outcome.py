"""Whether a run ended worse than its base, as the terminal, the report, the model card and the exit code say.

Two questions are kept apart. The domain got worse when the interval of its change lies above zero:
training failed at its purpose. A retained channel was forgotten when its interval lies above
`evaluate.most_forgetting`, a limit far above the small losses that continued pre-training costs. A channel
with too few held-out documents for an interval is not measurable: only a change that no choice of documents
explains is called worse.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Any

LEARN = "domain"
# Bits per byte. Documents of one channel rarely change by amounts that differ more.
_PLAIN = 0.25


@dataclass(frozen=True, slots=True)
class Worse:
    """A channel of the axis task that ended worse: its change in bits per byte, 95 % interval (NaN where
    unknown), and the limit that it exceeds."""

    task: str
    change: float
    low: float
    high: float
    limit: float

    @property
    def sentence(self) -> str:
        interval = f" (95 % interval {self.low:+.3f} to {self.high:+.3f})" if isfinite(self.low) else ""
        change = f"{self.change:+.3f} bits per byte{interval}".replace("-", "−")
        if self.task == LEARN:
            return f"The domain got worse: {change}."
        return f"The channel {self.task} was forgotten: {change}, and {self.limit:g} are tolerated."


def worse(channels: Iterable[tuple[str, float, float, float]], most_forgetting: float) -> list[Worse]:
    """The channels that ended worse, the domain first.

    channels: of the axis task: value, change in bits per byte (after - before), low, high; NaN where
    unmeasured. Text without a task label is not judged.
    """
    found = []
    for task, change, low, high in channels:
        limit = 0.0 if task == LEARN else most_forgetting
        sure = low if isfinite(low) else change - _PLAIN
        if task != "not labelled" and isfinite(sure) and sure > limit:
            found.append(Worse(task, change, low, high, limit))
    return sorted(found, key=lambda item: item.task != LEARN)


def of_table(channels: list[dict[str, Any]], most_forgetting: float) -> list[Worse]:
    """The same, from `channels` of channels.json."""
    rows = []
    for row in channels:
        if row["axis"] == "task":
            change = (row["change"].get(key) for key in ("bits_per_byte", "low", "high"))
            rows.append((row["value"], *(float("nan") if value is None else value for value in change)))
    return worse(rows, most_forgetting)
