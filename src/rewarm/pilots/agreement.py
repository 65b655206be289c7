"""Rank agreement of cheap pilots with trained mixes: does the cheaper level order the mixes alike?

Spearman's rank correlation over the mixes that two levels share, at each rate, for each loss and for the mean
of all losses. The mean matters most: with two sources each loss alone is nearly monotone in the share, so a
high correlation of it is no achievement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.pilots.measured import Row

MEAN = "mean of losses"
# Two mixes are always ordered alike or not.
_LEAST_MIXES = 3


@dataclass(frozen=True)
class Agreement:
    """rate: of full training; mixes: compared; spearman: -1 to 1; regret: nats of the trained loss that are
    lost when the mix that the cheap level ranks first is taken."""

    level: str
    rate: float
    loss: str
    mixes: int
    spearman: float
    regret: float


def agreement(level: str, cheap: Sequence[Row], trained: Sequence[Row], rate: float) -> list[Agreement]:
    """Compare the final losses of mixes that both levels have; none for fewer than three mixes."""
    one, other = _final(cheap), _final(trained)
    mixes = [mix for mix in other if mix in one]
    if len(mixes) < _LEAST_MIXES:
        return []
    names = [name for name in other[mixes[0]] if name in one[mixes[0]]]
    found = []
    for name in [*names, MEAN]:
        first, second = (
            np.array([_value(table[mix], name, names) for mix in mixes]) for table in (one, other)
        )
        regret = float(second[first.argmin()] - second.min())
        found.append(
            Agreement(level, rate, name.removeprefix("loss."), len(mixes), spearman(first, second), regret)
        )
    return found


def spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Spearman's rank correlation of float64 [rows]; equal values share their mean rank. 0 where all values
    of a side are equal, which orders nothing."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return np.asarray((ends - (count - 1) / 2)[place], dtype=np.float64)


def _final(rows: Sequence[Row]) -> dict[tuple[float, ...], dict[str, float]]:
    """Shares → losses at the end of the run of a mix."""
    last: dict[tuple[float, ...], Row] = {}
    for row in rows:
        if row["note"] != "mix":
            continue
        mix = tuple(value for name, value in row.items() if name.startswith("share."))
        if mix not in last or row["tokens"] > last[mix]["tokens"]:
            last[mix] = row
    return {
        mix: {name: value for name, value in row.items() if name.startswith("loss.")}
        for mix, row in last.items()
    }


def _value(losses: dict[str, float], name: str, names: Sequence[str]) -> float:
    return float(np.mean([losses[one] for one in names])) if name == MEAN else losses[name]
