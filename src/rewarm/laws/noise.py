"""The noise between repeated runs of one mix: the least error that any law may claim."""

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.points import Points

Array = NDArray[np.float64]


def seed_noise(points: Points, losses: Array) -> float | None:
    """Pooled standard deviation of the log loss over rows with equal inputs; None without repeated rows."""
    kinds = points.distinct()
    logs = np.log(losses)
    count = np.bincount(kinds)
    repeated = count > 1
    if not repeated.any():
        return None
    mean = np.bincount(kinds, logs) / count
    squares = np.bincount(kinds, (logs - mean[kinds]) ** 2)
    return float(np.sqrt(squares[repeated].sum() / (count[repeated] - 1).sum()))


def within_and_between(residuals: Array, runs: NDArray[np.int64]) -> tuple[float, float]:
    """Standard deviations of residuals within a run and between runs (method of moments).

    The points of one run's curve share its seed, so that treating them as independent would narrow
    intervals by up to the square root of their number.
    """
    _, place = np.unique(runs, return_inverse=True)
    count = np.bincount(place)
    if len(count) == len(residuals):
        return float(np.sqrt(np.mean(residuals**2))), 0.0
    mean = np.bincount(place, residuals) / count
    inner = ((residuals - mean[place]) ** 2).sum() / max(1, len(residuals) - len(count))
    outer = max(0.0, float(np.mean(mean**2 - inner / count)))
    return float(np.sqrt(inner)), float(np.sqrt(outer))
