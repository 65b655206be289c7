"""Ranks of a score within groups that compare."""

import numpy as np


def percentiles(values: np.ndarray, groups: np.ndarray, low_is_better: bool) -> np.ndarray:
    """float64 [documents]: the middle of each value's place in its group, 0 to 1, 1 for the best.

    values: float64 [documents], NaN where there is none, which has no percentile; groups: object [documents].
    Equal values have equal percentiles; a group of one is at 0.5.
    """
    found = np.full(len(values), np.nan)
    by_group: dict[object, list[int]] = {}
    for place in np.flatnonzero(np.isfinite(values)):
        by_group.setdefault(groups[place], []).append(int(place))
    for places in by_group.values():
        mine = values[places] if not low_is_better else -values[places]
        ordered = np.sort(mine)
        below = np.searchsorted(ordered, mine, side="left")
        upto = np.searchsorted(ordered, mine, side="right")
        found[places] = (below + upto) / (2 * len(mine))
    return found
