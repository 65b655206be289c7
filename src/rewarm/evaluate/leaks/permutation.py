"""Permutation tests for leaks: is the loss lower on the published form than on an equal partner?

Both are one-sided, exact up to the number of draws, and count the data itself among the draws, so that the
p-value is never 0 (Phipson and Smyth 2010).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

DRAWS = 4999
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Test:
    """excess: by how much the partner's value is higher, NaN without data; p: probability of so much or more
    without a leak, 1 without data; items: used."""

    excess: float = nan
    p: float = 1.0
    items: int = 0


def within_items(values: Sequence[np.ndarray], rng: np.random.Generator, draws: int = DRAWS) -> Test:
    """Whether the first value of each item is lower than its others.

    values: per item float64 [orders]. Under the null every order of an item may as well be the first.
    """
    table, counts = padded(values)
    if not len(table):
        return Test()
    excess = excesses(table, counts)
    observed = excess[:, 0].mean()
    hits = 0
    rows = np.arange(len(table))
    for begin in range(0, draws, _AT_ONCE):
        drawn = (rng.random((min(_AT_ONCE, draws - begin), len(table))) * counts).astype(np.int64)
        hits += int((excess[rows, drawn].mean(axis=1) >= observed - 1e-12).sum())
    return Test(float(observed), (hits + 1) / (draws + 1), len(table))


def padded(values: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """float64 [items, most orders], NaN behind an item's own, and int64 [items], how many it has; items with
    one order are left out."""
    some = [row for row in values if len(row) > 1]
    counts = np.array([len(row) for row in some], dtype=np.int64)
    table = np.full((len(some), counts.max() if len(some) else 0), np.nan)
    for number, row in enumerate(some):
        table[number, : len(row)] = row
    return table, counts


def excesses(table: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """float64 [items, orders]: mean of the others minus the value, if each order were the published one."""
    mean = np.nanmean(table, axis=1, keepdims=True)
    found: np.ndarray = (mean - table) * (counts / (counts - 1))[:, None]
    return found


def two_samples(
    values: np.ndarray, partner: np.ndarray, rng: np.random.Generator, draws: int = DRAWS
) -> Test:
    """Whether the mean of `values` is lower than that of `partner`. Both float64 [items]."""
    if min(len(values), len(partner)) < 2:
        return Test()
    pooled, size = np.concatenate([values, partner]), len(values)
    observed = partner.mean() - values.mean()
    total, hits = pooled.sum(), 0
    for begin in range(0, draws, _AT_ONCE):
        rows = rng.random((min(_AT_ONCE, draws - begin), len(pooled))).argpartition(size - 1, axis=1)
        own = pooled[rows[:, :size]].sum(axis=1)
        hits += int(((total - own) / len(partner) - own / size >= observed - 1e-12).sum())
    return Test(float(observed), (hits + 1) / (draws + 1), size)
