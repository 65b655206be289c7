"""A channel's training loss in one stage, averaged over windows of updates.

The noise is the run's own: the standard error of a window's mean, from the differences of neighbouring
updates, which a trend hardly touches (von Neumann 1941). Means are ratios of sums over a window's updates.
"""

from dataclasses import dataclass
from math import hypot, nan, sqrt

import numpy as np

from rewarm.diagnose.change import LEAST, LEAST_SHARE, Change

WINDOWS = 12
LEAST_UPDATES = 3


@dataclass(frozen=True)
class Series:
    """One channel in one stage. updates: int64 [windows], the middle of each; nats, bits, errors: float64
    [windows], loss per token, bits per byte, and the standard error of `nats`; numbers, single, norms: int64
    and float64 [updates], the updates that trained on the channel, their loss, and their gradient norm;
    noise: standard deviation of `single` around its trend."""

    axis: str
    value: str
    stage: str
    updates: np.ndarray
    nats: np.ndarray
    bits: np.ndarray
    errors: np.ndarray
    numbers: np.ndarray
    single: np.ndarray
    norms: np.ndarray
    noise: float

    @property
    def name(self) -> str:
        return f"{self.axis} {self.value}"

    @property
    def start(self) -> float:
        """Loss of the first window."""
        return float(self.nats[0])

    @property
    def end(self) -> float:
        """Loss of the last quarter of the windows."""
        return float(self.nats[-self._quarter :].mean())

    @property
    def least(self) -> float:
        """The smallest change that counts, nats per token."""
        return max(LEAST, LEAST_SHARE * self.start)

    @property
    def change(self) -> Change:
        """End minus start."""
        return self.since(self)

    @property
    def end_error(self) -> float:
        """Standard error of `end`."""
        tail = self.errors[-self._quarter :]
        return sqrt(float((tail**2).sum())) / len(tail)

    def since(self, first: "Series") -> Change:
        """End minus the start of the same channel in an earlier stage, or in this one."""
        return Change(self.end - first.start, hypot(float(first.errors[0]), self.end_error))

    @property
    def _quarter(self) -> int:
        return max(1, len(self.nats) // 4)


def series(
    axis: str, value: str, stage: str, updates: np.ndarray, sums: np.ndarray, norms: np.ndarray
) -> Series | None:
    """A series from an update's sums; None with too few updates.

    updates: int64 [n]; sums: float64 [n, 3], nats, tokens, bytes; norms: float64 [n], gradient norms.
    """
    used = sums[:, 1] > 0
    updates, sums, norms = updates[used], sums[used], norms[used]
    count = min(WINDOWS, len(updates) // LEAST_UPDATES)
    if count < 2:
        return None
    parts = np.array_split(np.arange(len(updates)), count)
    single = sums[:, 0] / sums[:, 1]
    # Half of the mean squared difference of neighbours is the variance around a slow trend.
    noise = sqrt(float(np.mean(np.diff(single) ** 2)) / 2)
    nats = np.array([sums[part, 0].sum() / sums[part, 1].sum() for part in parts])
    size = np.array([sums[part, 2].sum() for part in parts])
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.where(size > 0, np.array([sums[part, 0].sum() for part in parts]) / (size * np.log(2)), nan)
    return Series(
        axis, value, stage,
        np.array([updates[part[len(part) // 2]] for part in parts]), nats, bits,
        np.array([noise / sqrt(len(part)) for part in parts]), updates, single, norms, noise,
    )  # fmt: skip
