"""Rates of one comparison: not lose, win minus lose, and the first at equal length.

The unit is the prompt: it is drawn anew by the bootstrap, and has one outcome per comparison and dimension.
Intervals are never narrower than those from the counts, since the bootstrap knows only what it drew: of 20
wins in 20 duels it makes 100 % to 100 %.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.evaluate.duels.outcomes import Outcome
from rewarm.statistics import proportion
from rewarm.statistics.bootstrap import Estimate, interval
from rewarm.statistics.length_control import EqualLength, at_equal_length

_STATES = ("win", "tie", "lose")


@dataclass(frozen=True)
class Rates:
    """Of a result against a base in one dimension. label: `axis: value` of the prompts, "" for all.

    win, tie, lose: prompts; flipped, half: of the ties, those where the two orders disagree; empty: outcomes
    of an empty answer, without a judge; equal_length: not lose at equal length, or why it is not known.
    """

    result: str
    base: str
    dimension: str
    label: str
    win: int
    tie: int
    lose: int
    flipped: int
    half: int
    empty: int
    not_lose: Estimate
    win_minus_lose: Estimate
    equal_length: EqualLength | str

    @property
    def prompts(self) -> int:
        return self.win + self.tie + self.lose


def rates(outcomes: Sequence[Outcome], label: str, draws: int, rng: np.random.Generator) -> Rates:
    """Rates of outcomes of one comparison and dimension, at least one; draws: of the bootstrap."""
    counts = [sum(one.state == state for one in outcomes) for state in _STATES]
    total = len(outcomes)
    # Drawing prompts with replacement draws these three counts from a multinomial distribution.
    win, tie, lose = rng.multinomial(total, np.array(counts) / total, size=draws).T / total
    hits = counts[0] + counts[1]
    drawn, wilson = interval(win + tie), proportion.interval(hits, total)
    gap, counted = interval(win - lose), proportion.difference_interval(counts[0], counts[2], total)
    judged = [one for one in outcomes if one.agreement != "empty"]
    controlled = at_equal_length(
        np.array([one.log_ratio for one in judged]),
        np.array([one.state != "lose" for one in judged], dtype=bool),
        draws,
        rng,
    )
    first, agreements = outcomes[0], Counter(one.agreement for one in outcomes)
    return Rates(
        first.result, first.base, first.dimension, label, counts[0], counts[1], counts[2],
        agreements["flipped"], agreements["half"], agreements["empty"],
        Estimate(hits / total, min(drawn[0], wilson[0]), max(drawn[1], wilson[1])),
        Estimate((counts[0] - counts[2]) / total, min(gap[0], counted[0]), max(gap[1], counted[1])),
        controlled,
    )  # fmt: skip
