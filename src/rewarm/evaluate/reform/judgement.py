"""Whether the result's change on a task is ability or memory of the task's form: the numbers.

Both models answer the original and the reformed items. A reform may be harder for anyone, so that the
result's drop alone says nothing; it is compared with the base's own drop on the same items. The difference
of the drops is the part of the lead that the reform removes:

    (result - base on the original) - (result - base on the reformed items)

Accuracies are adjusted for chance, since reforms have other numbers of options; intervals come from a paired
bootstrap over items. `outcome.py` says what follows from them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.evaluate.reform.answers import Answers
from rewarm.evaluate.reform.outcome import Outcome, decide, sentence
from rewarm.evaluate.reform.plan import SAME_FORM, Plan
from rewarm.evaluate.reform.variant import Reform
from rewarm.evaluate.tasks.item import Item
from rewarm.statistics.bootstrap import Estimate, interval

_DRAWS = 2000
TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One reform, or all of the same form together.

    items: answered by both; base_*, result_*: accuracies; lead_*: result minus base, adjusted for chance;
    removed: lead on the original minus lead on the reform; lost, gained: items that the result lost and
    gained on the original; lost_memory: of the lost ones, those on which the base is no better in the
    reform either, counted only if the base remembers; unmatched: answers that fit no option, by model.
    """

    reform: str
    items: int
    left_out: int
    base_original: float
    result_original: float
    base_reformed: float
    result_reformed: float
    lead_original: Estimate
    lead_reformed: Estimate
    removed: Estimate
    lost: int
    gained: int
    lost_memory: int
    unmatched: tuple[int, int] | None
    outcome: Outcome
    sentence: str


def judge(plan: Plan, base: Answers, result: Answers, seed: int = 0) -> list[Judgement]:
    """The judgement of each reform that applies, and first of all those of the original's form together."""
    by_name = {reform.name: reform for reform in plan.reforms if reform.variants}
    found = [_one(plan, [reform], base, result, name, seed) for name, reform in by_name.items()]
    same = [reform for name, reform in by_name.items() if name in SAME_FORM]
    if same:
        found.insert(0, _one(plan, same, base, result, TOGETHER, seed))
    return found


def _one(
    plan: Plan, reforms: Sequence[Reform], base: Answers, result: Answers, name: str, seed: int
) -> Judgement:
    items = plan.original.asked.items
    chance_before = np.array([item.chance for item in items])
    chance_after = _mean([_chance(reform, len(items)) for reform in reforms])
    after = [_mean([answers.reformed[reform.name] for reform in reforms]) for answers in (base, result)]
    some = np.isfinite(after[0]) & np.isfinite(after[1]) & (chance_before < 1) & (chance_after < 1)
    before = [answers.original[some] for answers in (base, result)]
    after = [values[some] for values in after]
    lead_before = (before[1] - before[0]) / (1 - chance_before[some])
    lead_after = (after[1] - after[0]) / (1 - chance_after[some])
    draw = _Bootstrap(int(some.sum()), seed)
    # Whoever names one option of a multiple-select item is right more often than by a random set.
    guessing = np.maximum(chance_after, np.array([1 / max(1, len(item.options)) for item in items]))[some]
    above = max(draw.of(values - guessing).low for values in after) > 0
    floor = chance_before[some]
    adjusted = [(values - floor) / (1 - floor) for values in before]
    adjusted += [(values - chance_after[some]) / (1 - chance_after[some]) for values in after]
    lost = (before[0] > 0) & (before[1] == 0)
    leads = draw.of(lead_before), draw.of(lead_after)
    removed = draw.of(lead_before - lead_after)
    same_form = name == TOGETHER or name in SAME_FORM
    shares = Estimate() if same_form else draw.share_kept(*adjusted)
    # Who always names the most frequent letter loses that accuracy in other orders without any memory.
    letter = _one_letter([item for item, used in zip(items, some, strict=True) if used])
    guess = letter if plan.original.asked.form == "letters" else floor
    able = (draw.of(before[0] - guess).low > 0, draw.of(before[1] - guess).low > 0)
    outcome = decide(int(some.sum()), leads, removed, shares, able, same_form, same_form or above)
    memory = int((lost & (after[1] >= after[0])).sum()) if outcome == "base remembers" else 0
    counted = [reform.name for reform in reforms if reform.name in base.unmatched]
    means = [float(values.mean()) if len(values) else float("nan") for values in (*before, *after)]
    return Judgement(
        reform=name,
        items=int(some.sum()),
        left_out=int((~some).sum()),
        base_original=means[0],
        result_original=means[1],
        base_reformed=means[2],
        result_reformed=means[3],
        lead_original=leads[0],
        lead_reformed=leads[1],
        removed=removed,
        lost=int(lost.sum()),
        gained=int(((before[0] == 0) & (before[1] > 0)).sum()),
        lost_memory=memory,
        unmatched=(
            sum(base.unmatched[key] for key in counted),
            sum(result.unmatched[key] for key in counted),
        )
        if counted
        else None,
        outcome=outcome,
        sentence=sentence(outcome, leads[0], leads[1], removed, int(lost.sum()), memory),
    )


def _chance(reform: Reform, items: int) -> np.ndarray:
    """float64 [items]: mean chance over the variants; an answer that is matched to options is guessed among
    them."""
    total, times = np.zeros(items), np.zeros(items)
    for variant in reform.variants:
        for number, item in zip(variant.originals, variant.matched or variant.asked.items, strict=True):
            total[number] += item.chance
            times[number] += 1
    return np.where(times > 0, total / np.maximum(times, 1), np.nan)


def _one_letter(items: Sequence[Item]) -> float:
    """The accuracy of naming the same position in all items, at best."""
    places = Counter(position for item in items for position in item.gold)
    return max(places.values(), default=0) / max(1, len(items))


def _mean(rows: Sequence[np.ndarray]) -> np.ndarray:
    """Mean of float64 [items] rows without NaN; NaN where all are."""
    stacked = np.stack(rows)
    known = np.isfinite(stacked)
    sums = np.where(known, stacked, 0.0).sum(axis=0)
    mean: np.ndarray = np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)
    return mean


class _Bootstrap:
    """Means of per-item values with intervals, with the same draws of items for each."""

    def __init__(self, items: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._items = items
        self._times = (
            rng.multinomial(items, np.full(items, 1 / items), size=_DRAWS).astype(np.float64) / items
            if items
            else np.zeros((0, 0))
        )

    def of(self, values: np.ndarray) -> Estimate:
        """The mean of float64 [items]; never surer than the rule of three, 3 / items, allows: of items that
        all agree the bootstrap's interval has no width."""
        if not len(values):
            return Estimate()
        low, high = interval(self._times @ values)
        mean, least = float(values.mean()), 3 / self._items
        return Estimate(mean, min(low, mean - least), max(high, mean + least))

    def share_kept(
        self, base: np.ndarray, result: np.ndarray, base_after: np.ndarray, result_after: np.ndarray
    ) -> Estimate:
        """Share of its accuracy above chance that the result keeps, minus the base's; NaN unless both are
        surely above chance on the original. All float64 [items], adjusted for chance."""
        if not len(base) or min(self.of(base).low, self.of(result).low) <= 0:
            return Estimate()
        sums = [self._times @ values for values in (base, result, base_after, result_after)]
        drawn = sums[3] / np.maximum(sums[1], 1e-9) - sums[2] / np.maximum(sums[0], 1e-9)
        value = result_after.mean() / result.mean() - base_after.mean() / base.mean()
        return Estimate(float(value), *interval(drawn))


def per_item(plan: Plan, base: Answers, result: Answers) -> list[Mapping[str, object]]:
    """A row per item: right answers on the original and, by reform, the share of right answers."""
    return [
        {
            "id": item.id,
            "base": bool(base.original[number]),
            "result": bool(result.original[number]),
            "reformed": {
                name: [float(base.reformed[name][number]), float(result.reformed[name][number])]
                for name in base.reformed
                if np.isfinite(base.reformed[name][number])
            },
        }
        for number, item in enumerate(plan.original.asked.items)
    ]
