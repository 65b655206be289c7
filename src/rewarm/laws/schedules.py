"""Learning-rate schedules of runs, reduced to the sums that laws need.

Laws over a schedule use S1(t), the sum of learning rates up to step t, and a sum over all changes of the
rate before t. A cosine changes the rate in every step, so the changes of a run are gathered in at most
`BINS` bins; predictions of the multi-power law then differ from the exact sum by less than 1e-4.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BINS = 240


@dataclass(frozen=True)
class Changes:
    """Changes of the rate in one run, gathered: float64 [bins] each.

    drop: rate before minus rate after (negative in warm-up); rate: rate after; total: S1 at the change;
    step: its step.
    """

    drop: Array
    rate: Array
    total: Array
    step: Array


@dataclass(frozen=True)
class Schedules:
    """
    Attributes:
        rates: of each run the learning rate of every step, warm-up included.
        run, step: int64 [rows], the place of each row; a step counts from 0 in its run.
    """

    rates: tuple[Array, ...]
    run: NDArray[np.int64]
    step: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.run)

    def take(self, rows: NDArray[np.int64]) -> "Schedules":
        return Schedules(self.rates, self.run[rows], self.step[rows])

    def keys(self) -> Array:
        """float64 [rows, 3]: equal for rows whose run had the same rates up to the same step."""
        return np.stack([self.step, self.total, self.weighted], axis=1)

    @cached_property
    def total(self) -> Array:
        """float64 [rows]: S1, the sum of the rates up to and including the row's step."""
        sums = [np.cumsum(rates) for rates in self.rates]
        return np.array([sums[run][step] for run, step in zip(self.run, self.step, strict=True)])

    @cached_property
    def weighted(self) -> Array:
        """float64 [rows]: the sum of rate times step; tells schedules with equal S1 apart."""
        sums = [np.cumsum(rates * np.arange(len(rates))) for rates in self.rates]
        return np.array([sums[run][step] for run, step in zip(self.run, self.step, strict=True)])

    @cached_property
    def changes(self) -> tuple[Changes, ...]:
        return tuple(map(_changes, self.rates))


def _changes(rates: Array) -> Changes:
    drop = np.concatenate([[0.0], rates[:-1]]) - rates
    total = np.cumsum(rates)
    where = np.flatnonzero(drop)
    rising = where[drop[where] < 0]
    falling = where[drop[where] > 0]
    gathered = []
    for places in (rising, falling):
        for part in np.array_split(places, min(BINS // 2, len(places))) if len(places) else []:
            weight = np.abs(drop[part])
            # A step of the sum counts from its own rate on, so the rate before it is left out.
            before = total[part] - rates[part]
            gathered.append(
                (drop[part].sum(), *(np.average(x, weights=weight) for x in (rates[part], before, part)))
            )
    table = np.array(gathered, dtype=np.float64).reshape(-1, 4)
    return Changes(*table.T)


def with_warmup(steps: Array, rates: Array, warmup: int, length: int) -> Array:
    """The rate of every step from those that a log names.

    Args:
        steps, rates: float64 [logged], ascending steps.
        warmup: the first steps, over which the rate rises linearly to the first logged rate.
        length: number of steps.

    Returns:
        float64 [length]. Between two logged steps the rate is interpolated linearly, except that a jump
        (by more than a tenth from one logged step to the next, flat on both sides) is a jump.
    """
    every = np.arange(length, dtype=np.float64)
    out = np.interp(every, steps, rates)
    for place in range(1, len(steps)):
        before, after = rates[place - 1], rates[place]
        flat_before = place < 2 or rates[place - 2] == before
        flat_after = place + 1 >= len(rates) or rates[place + 1] == after
        if flat_before and flat_after and abs(after - before) > 0.1 * max(before, after):
            out[int(steps[place - 1]) + 1 : int(steps[place])] = after
    if warmup > 0:
        first = min(warmup, length)
        out[:first] = out[min(warmup, length - 1)] * (np.arange(first) + 1) / warmup
    return out
