"""Sets of items and twins drawn from measured pools, and what leak detection says about each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.evaluate.leaks import permutation
from rewarm.evaluate.leaks.judgement import Judgement, judge
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.plan import Plan


@dataclass(frozen=True)
class Pool:
    """Items of one kind with the losses of base and result."""

    plan: Plan
    base: Losses
    result: Losses

    def judged(self, rows: Sequence[int], twins: "Pool", twin_rows: Sequence[int]) -> Judgement:
        """Items at `rows` against twins from another pool or this one."""
        plan = Plan(
            [self.plan.items[row] for row in rows],
            [twins.plan.items[row] for row in twin_rows],
            [self.plan.orders[row] for row in rows],
            [self.plan.whole[row] for row in rows],
            [self.plan.retemplated[row] for row in rows],
            [twins.plan.whole[row] for row in twin_rows],
        )
        base = _some(self.base, rows, twins.base, twin_rows)
        return judge(plan, base, _some(self.result, rows, twins.result, twin_rows))

    @property
    def size(self) -> int:
        return len(self.plan.items)


def halves(pool: Pool, size: int, rng: np.random.Generator) -> tuple[list[int], list[int]]:
    """Two disjoint random sets of the pool."""
    rows = rng.permutation(pool.size)[: 2 * size].tolist()
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def sizes(pool: Pool, size: int, resamples: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of resamples of clean items in which each deciding test rejects at 0.05."""
    hits = {"order": 0, "twins": 0}
    orders = [after - before for before, after in zip(pool.base.orders, pool.result.orders, strict=True)]
    orders = [row for row in orders if len(row) > 1]
    change = pool.result.whole - pool.base.whole
    for _ in range(resamples):
        some = [orders[row] for row in rng.permutation(len(orders))[:size]]
        hits["order"] += permutation.within_items(some, rng, 499).p < 0.05
        one, other = halves(pool, size, rng)
        hits["twins"] += permutation.two_samples(change[one], change[other], rng, 499).p < 0.05
    return {name: count / resamples for name, count in hits.items()}


def _some(losses: Losses, rows: Sequence[int], twins: Losses, twin_rows: Sequence[int]) -> Losses:
    return Losses(
        [losses.orders[row] for row in rows],
        losses.whole[list(rows)],
        losses.retemplated[list(rows)],
        twins.whole[list(twin_rows)],
    )
