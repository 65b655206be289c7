"""Interval of a share that was counted (Wilson 1927): honest for 30 trials and for shares near 0 and 1."""

from math import sqrt

# Of the middle 95 % of a normal distribution.
_Z = 1.959964


def interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share; (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    middle = (share + _Z * _Z / (2 * trials)) / (1 + _Z * _Z / trials)
    half = _Z * sqrt(share * (1 - share) / trials + _Z * _Z / (4 * trials * trials)) / (1 + _Z * _Z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)
