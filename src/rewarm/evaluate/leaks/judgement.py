"""Whether losses show a leak: tests with a fair partner, their power, and a verdict only where both exist.

All values are differences, result minus base, so that what the base knew before, and how natural a text is,
cancels. Two tests decide, each with its own partner set:

- *order*: options in the published order against other orders of the same item (`orders.py`);
- *twins*: the items against fresh ones, if nothing tells the two sets apart (`partners.py`).

The level of 0.05 is halved if twins are given, accepted or not. Without a partner, or with a power below
`power.ENOUGH` for a leak of `power.PLANTED`, the absence of an alarm is no verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

import numpy as np

from rewarm.evaluate.leaks import partners, permutation, power
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.permutation import Test
from rewarm.evaluate.leaks.plan import Plan
from rewarm.evaluate.leaks.power import Power

Outcome = Literal["leaked", "no leak seen", "not measurable"]
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Evidence:
    """One deciding test.

    share: excess as a share of the base loss, NaN if the test does not apply; level: of this test, after
    division; reason: why it does not apply, or "".
    """

    name: str
    test: Test
    power: Power
    share: float = nan
    level: float = LEVEL
    reason: str = ""

    @property
    def alarm(self) -> bool:
        """Whether the test applies and rejects."""
        return not self.reason and self.test.p < self.level


@dataclass(frozen=True, slots=True)
class Judgement:
    """drops: mean of result minus base in bits per byte, by form of the text; evidence: what decides."""

    outcome: Outcome
    sentence: str
    evidence: tuple[Evidence, ...]
    drops: Mapping[str, float]


def judge(plan: Plan, base: Losses, result: Losses, seed: int = 0) -> Judgement:
    """Compare the losses of base and result on the same plan."""
    reasons = {
        "order": ""
        if any(len(row) > 1 for row in base.orders)
        else "no item has another fair order of options",
        "twins": _unlike(plan, base, seed),
    }
    # Twins that are refused count: whether they are depends on the data.
    level = LEVEL / (2 if plan.fresh else 1)
    evidence = (
        _order(base, result, level, reasons["order"], seed),
        _twins(base, result, level, reasons["twins"], seed),
    )
    return Judgement(*decide(evidence), evidence, _drops(base, result))


def decide(evidence: Sequence[Evidence]) -> tuple[Outcome, str]:
    """The verdict and its sentence."""
    alarms = [found for found in evidence if found.alarm]
    if alarms:
        said = "; ".join(
            f"{_NAMES[found.name]} cost {found.share:.1%} less than {_PARTNERS[found.name]} "
            f"(p = {found.test.p:.2g})"
            for found in alarms
        )
        return "leaked", f"The result has seen these items since the base: {said}."
    usable = [found for found in evidence if not found.reason]
    if not usable:
        return "not measurable", "No verdict: no partner set. " + "; ".join(
            found.reason for found in evidence
        )
    best = max(usable, key=lambda found: found.power.at_planted)
    if best.power.at_planted < power.ENOUGH:
        needed = (
            f"only a leak that lowers it by {best.power.visible:.0%} would be seen"
            if isfinite(best.power.visible)
            else f"not even {power.EFFECTS[-1]:.0%} would be seen"
        )
        return "not measurable", (
            f"No verdict: with {best.test.items} items, a leak of half of them that lowers their loss by "
            f"{power.PLANTED:.0%} is found with a power of {best.power.at_planted:.2f}; {needed}."
        )
    return "no leak seen", (
        f"No leak seen. A leak of half of the items would have been found with a power of {power.ENOUGH:.0%} "
        f"or more if it lowers their loss by {best.power.visible:.1%} (test of {best.name}, "
        f"{best.test.items} items); a weaker one may be there."
    )


_NAMES = {"order": "options in their published order", "twins": "the items"}
_PARTNERS = {"order": "in other orders", "twins": "their twins"}


def _order(base: Losses, result: Losses, level: float, reason: str, seed: int) -> Evidence:
    if reason:
        return Evidence("order", Test(), Power(), reason=reason)
    values = [after - before for before, after in zip(base.orders, result.orders, strict=True)]
    test = permutation.within_items(values, np.random.default_rng([seed, 1]))
    costs = np.array([row[0] for row in base.orders if len(row) > 1])
    found = power.within_items(values, costs, level, np.random.default_rng([seed, 2]))
    return Evidence("order", test, found, test.excess / costs.mean(), level)


def _twins(base: Losses, result: Losses, level: float, reason: str, seed: int) -> Evidence:
    if reason:
        return Evidence("twins", Test(), Power(), reason=reason)
    values, partner = result.whole - base.whole, result.twins - base.twins
    test = permutation.two_samples(values, partner, np.random.default_rng([seed, 3]))
    found = power.two_samples(values, partner, base.whole, level, np.random.default_rng([seed, 4]))
    return Evidence("twins", test, found, test.excess / base.whole.mean(), level)


def _unlike(plan: Plan, base: Losses, seed: int) -> str:
    if not plan.fresh:
        return "no twins are given"
    texts, twins = ([request.continuation for request in part] for part in (plan.whole, plan.twins))
    return partners.unlike(texts, twins, base.whole, base.twins, np.random.default_rng([seed, 5]))


def _drops(base: Losses, result: Losses) -> dict[str, float]:
    orders = [after - before for before, after in zip(base.orders, result.orders, strict=True)]
    some = [row for row in orders if len(row) > 1]
    found = {
        "published": result.whole - base.whole,
        "other template": result.retemplated - base.retemplated,
        "twins": result.twins - base.twins,
        "paraphrased": result.reworded - base.reworded,
        "options, published order": np.array([row[0] for row in some]),
        "options, other orders": np.array([row[1:].mean() for row in some]),
    }
    return {name: float(values.mean()) for name, values in found.items() if len(values)}
