"""Paired comparison of right and wrong answers on the same items.

With n items, of which `lost` changed from right to wrong and `gained` from wrong to right, the difference of
accuracies is (gained - lost) / n. The mid-p McNemar test (Fagerland et al. 2013) has a size near its level,
where the exact one is conservative. The interval is Bonett and Price's (2012): the bootstrap over items
covers too little with few changed items, and nothing with none.
"""

from math import comb, log, sqrt

import numpy as np

from rewarm.statistics.bootstrap import Estimate, interval, resampled

# Of the middle 95 % of a normal distribution.
_Z = 1.959964


def mid_p(lost: int, gained: int) -> float:
    """The two-sided mid-p value of McNemar's test; 1 without changed items.

    Raises ValueError for negative counts.
    """
    if lost < 0 or gained < 0:
        raise ValueError(f"counts must not be negative: {lost}, {gained}")
    # numpy's integers overflow below.
    changed, fewer = int(lost) + int(gained), int(min(lost, gained))
    if not changed:
        return 1.0
    below = sum(comb(changed, number) for number in range(fewer))
    # Integers of any size: 2^changed overflows a float from 1,024 changed items on.
    doubled = 2 * below + comb(changed, fewer)
    return min(1.0, doubled / (1 << changed))


def difference(lost: int, gained: int, items: int) -> Estimate:
    """Accuracy of the result minus that of the base, with its 95 % interval; NaN without items."""
    if not items:
        return Estimate()
    up, down = (gained + 1) / (items + 2), (lost + 1) / (items + 2)
    half = _Z * sqrt(max(0.0, up + down - (up - down) ** 2) / (items + 2))
    middle = up - down
    return Estimate((gained - lost) / items, max(-1.0, middle - half), min(1.0, middle + half))


def smallest_visible(items: int, changed_share: float) -> float:
    """The difference of accuracies that a comparison of so many items finds with a chance of 80 %.

    changed_share: share of items whose correctness differs between base and result. Normal approximation
    of McNemar's test at level 0.05 (Connor 1987).
    """
    return (_Z + 0.8416) * sqrt(max(changed_share, 1 / items) / items) if items else 1.0


def holm(values: list[float]) -> list[float]:
    """Holm's adjusted p values (1979): the chance of any false alarm among them stays below the level."""
    order = sorted(range(len(values)), key=lambda place: values[place])
    adjusted, largest = [0.0] * len(values), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(values) - rank) * values[place]))
        adjusted[place] = largest
    return adjusted


def ratio_change(
    before: np.ndarray, after: np.ndarray, size: np.ndarray, draws: int, rng: np.random.Generator
) -> Estimate:
    """Change of bits per byte with its 95 % bootstrap interval over items.

    before, after: float64 [items], nats; size: float64 [items], bytes of the same text.
    """
    if not size.sum():
        return Estimate()
    change = (after - before).astype(np.float64)
    low, high = interval(resampled(change, size.astype(np.float64), draws, rng))
    return Estimate(float(change.sum() / (size.sum() * log(2))), low, high)
