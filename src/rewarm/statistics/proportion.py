"""Intervals of shares that were counted: honest for 30 trials and for shares near 0 and 1."""

from math import sqrt

# Of the middle 95 % of a normal distribution.
_Z = 1.959964


def interval(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share = hits / trials
    middle = (share + _Z * _Z / (2 * trials)) / (1 + _Z * _Z / trials)
    half = _Z * sqrt(share * (1 - share) / trials + _Z * _Z / (4 * trials * trials)) / (1 + _Z * _Z / trials)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_interval(wins: int, losses: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of wins minus losses as a share of trials, some of which are neither.

    Adds half an outcome of each kind of a two-by-two table of pairs (Agresti and Min 2005), which covers 94
    to 96 % from 30 trials on; the plain normal interval is too narrow. (-1, 1) without trials.
    """
    if not trials:
        return -1.0, 1.0
    total = trials + 2
    share = (wins - losses) / total
    half = _Z * sqrt(((wins + losses + 1) / total - share * share) / total)
    return max(-1.0, share - half), min(1.0, share + half)
