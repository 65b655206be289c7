"""Agreement of two raters on the same items: shares, and Cohen's kappa with a bootstrap interval.

Kappa (Cohen 1960) is the agreement beyond what two raters with the same habits reach by chance: 0 is chance,
1 perfect. It is undefined where a rater always gives the same answer and the other does too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from rewarm.statistics import proportion
from rewarm.statistics.bootstrap import Estimate, interval


@dataclass(frozen=True, slots=True)
class Agreement:
    """count: of ratings; decided: of those where neither rater says `tie`; with_ties, without_ties: shares of
    equal ratings, of all and of the decided ones, with Wilson intervals; kappa: of all, with a bootstrap
    interval."""

    count: int
    decided: int
    with_ties: Estimate
    without_ties: Estimate
    kappa: Estimate


def agreement(
    one: Sequence[str],
    other: Sequence[str],
    group: Sequence[str],
    tie: str,
    draws: int,
    rng: np.random.Generator,
) -> Agreement:
    """Agreement of two raters. one, other: their ratings of the same items; group: what is drawn together, as
    ratings of the same prompt are."""
    if not len(one):
        return Agreement(0, 0, Estimate(), Estimate(), Estimate())
    names = sorted({*one, *other})
    number = {name: place for place, name in enumerate(names)}
    size = len(names)
    groups, of = np.unique(np.asarray(group), return_inverse=True)
    cell = np.array([number[a] * size + number[b] for a, b in zip(one, other, strict=True)])
    tables = np.zeros((len(groups), size * size))
    np.add.at(tables, (of.reshape(-1), cell), 1)
    times = rng.multinomial(len(groups), np.full(len(groups), 1 / len(groups)), size=draws)
    drawn = _kappa((times @ tables).reshape(-1, size, size))
    found = _kappa(tables.sum(0).reshape(1, size, size))[0]
    both = [(a, b) for a, b in zip(one, other, strict=True) if tie not in (a, b)]
    return Agreement(
        len(one),
        len(both),
        _share(sum(a == b for a, b in zip(one, other, strict=True)), len(one)),
        _share(sum(a == b for a, b in both), len(both)),
        Estimate(float(found), *interval(drawn[np.isfinite(drawn)])),
    )


def _share(hits: int, trials: int) -> Estimate:
    return Estimate(hits / trials if trials else nan, *proportion.interval(hits, trials))


def _kappa(tables: np.ndarray) -> np.ndarray:
    """float64 [tables], from counts [tables, ratings, ratings]; NaN where chance agreement is total."""
    total = np.maximum(tables.sum((1, 2)), 1)
    seen = np.trace(tables, axis1=1, axis2=2) / total
    chance = (tables.sum(1) * tables.sum(2)).sum(1) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        found: np.ndarray = np.where(chance < 1, (seen - chance) / (1 - chance), nan)
    return found
