"""The power of a test at this number of items, by planting a leak of known size in the measured values.

The planted leak lowers the loss of half of the items by a share of their base loss. Everything else, the
spread between items and orders above all, is as measured, with the published form drawn anew so that a real
leak does not count. The p-value is taken from the normal approximation of the permutation distribution,
whose mean and variance are known exactly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan, sqrt
from statistics import NormalDist

import numpy as np

from rewarm.evaluate.leaks.permutation import excesses, padded

# Share of the base loss by which a leaked item's loss falls. docs/leaks.md says what so many exposures give.
EFFECTS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3)
PLANTED = 0.05
LEAKED = 0.5
ENOUGH = 0.8
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Power:
    """at_planted: power for a leak of half of the items that lowers their loss by `PLANTED`; visible: the
    least share with a power of `ENOUGH`, NaN if none is."""

    at_planted: float = 0.0
    visible: float = nan


def within_items(
    values: Sequence[np.ndarray], base: np.ndarray, level: float, rng: np.random.Generator
) -> Power:
    """Power of `permutation.within_items`. base: float64 [items with two orders or more], their base loss."""
    table, counts = padded(values)
    if not len(table):
        return Power()
    rows = np.arange(len(table))

    def rejected(effect: float) -> bool:
        place = (rng.random(len(table)) * counts).astype(np.int64)
        planted = table.copy()
        planted[rows, place] -= effect * base * (rng.random(len(table)) < LEAKED)
        excess = excesses(planted, counts)
        spread = np.nanmean(excess**2, axis=1).sum()
        return bool(excess[rows, place].sum() > _z(level) * sqrt(spread))

    return _power(rejected)


def two_samples(
    values: np.ndarray, partner: np.ndarray, base: np.ndarray, level: float, rng: np.random.Generator
) -> Power:
    """Power of `permutation.two_samples`. base: float64 [items], base loss of `values`."""
    if min(len(values), len(partner)) < 2:
        return Power()
    return _power(lambda effect: _shifted(values, partner, effect * base, level, rng))


def of_shift(values: np.ndarray, partner: np.ndarray, level: float, rng: np.random.Generator) -> float:
    """Power of `permutation.two_samples` for a shift by one standard deviation in half of the items."""
    if min(len(values), len(partner)) < 2:
        return 0.0
    shift = np.full(len(values), np.concatenate([values - values.mean(), partner - partner.mean()]).std())
    return sum(_shifted(values, partner, shift, level, rng) for _ in range(_DRAWS)) / _DRAWS


def _shifted(
    values: np.ndarray, partner: np.ndarray, shift: np.ndarray, level: float, rng: np.random.Generator
) -> bool:
    """Whether the test rejects once, with the shift planted in half of the items."""
    centred = np.concatenate([values - values.mean(), partner - partner.mean()])
    sizes = len(values), len(partner)
    one, other = rng.choice(centred, sizes[0]), rng.choice(centred, sizes[1])
    one = one - shift * (rng.random(sizes[0]) < LEAKED)
    spread = np.concatenate([one, other]).var(ddof=1) * (1 / sizes[0] + 1 / sizes[1])
    return bool(other.mean() - one.mean() > _z(level) * sqrt(spread))


def _power(rejected: Callable[[float], bool]) -> Power:
    share = {effect: sum(rejected(effect) for _ in range(_DRAWS)) / _DRAWS for effect in EFFECTS}
    visible = next((effect for effect in EFFECTS if share[effect] >= ENOUGH), nan)
    return Power(share[PLANTED], visible)


def _z(level: float) -> float:
    return NormalDist().inv_cdf(1 - level)
