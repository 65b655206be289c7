"""Whether the judge can be trusted: position, agreement with itself, answers that could not be used.

A judge without a preference for a position says `first` as often as `second`, since every pair is shown in
both orders, whichever model is better. One that always says `first` makes every pair a tie, and thus a
not-lose rate of 100 %: such a judge measures nothing, and the summary says so instead of the rate.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rewarm.evaluate.duels.outcomes import Outcome
from rewarm.evaluate.duels.verdicts import TIE, Verdict
from rewarm.statistics import proportion
from rewarm.statistics.agreement import Agreement, agreement
from rewarm.statistics.bootstrap import LEAST_DOCUMENTS, Estimate, interval

# Half of all pairs decided by position alone give a share of 0.75; below 0.65 the verdicts still measure
# mostly the answers.
ONE_SIDED = 0.65
# Of two fair coins half disagree.
MOST_FLIPPED = 0.5
# A judge that decides less often hardly distinguishes answers.
MOST_TIES = 0.9


@dataclass(frozen=True)
class Position:
    """first: share of `first` among decided single verdicts; consistent, half, flipped: pairs by how their
    two orders agree; ties: share of ties among single verdicts."""

    first: Estimate
    consistent: int
    half: int
    flipped: int
    ties: float

    @property
    def pairs(self) -> int:
        return self.consistent + self.half + self.flipped

    @property
    def consistency(self) -> Estimate:
        """Share of pairs whose two orders agree, with its 95 % interval."""
        value = self.consistent / self.pairs if self.pairs else float("nan")
        return Estimate(value, *proportion.interval(self.consistent, self.pairs))

    @property
    def one_sided(self) -> bool:
        return self.first.low > ONE_SIDED or self.first.high < 1 - ONE_SIDED

    @property
    def incoherent(self) -> bool:
        return self.pairs > 0 and self.flipped / self.pairs >= MOST_FLIPPED


def position(
    verdicts: Iterable[Verdict],
    outcomes: Sequence[Outcome],
    dimension: str,
    draws: int,
    rng: np.random.Generator,
) -> Position:
    """Position preference in one dimension. The interval is a bootstrap over prompts."""
    by_prompt: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.dimension == dimension and verdict.repeat == 0 and verdict.verdict:
            counts = by_prompt.setdefault(verdict.id, [0, 0, 0])
            counts[("first", "second", TIE).index(verdict.verdict)] += 1
    kinds = Counter(one.agreement for one in outcomes if one.dimension == dimension)
    table = np.array(list(by_prompt.values()), dtype=np.float64).reshape(-1, 3)
    first, second, ties = table.sum(0)
    value = Estimate()
    if first + second:
        prompts = len(table)
        times = rng.multinomial(prompts, np.full(prompts, 1 / prompts), size=draws)
        drawn = times @ table
        decided = drawn[:, 0] + drawn[:, 1]
        low, high = interval(drawn[decided > 0, 0] / decided[decided > 0])
        # All prompts alike have no spread to draw from.
        wilson = proportion.interval(int(first), int(first + second))
        if prompts < LEAST_DOCUMENTS or low == high:
            low, high = wilson
        value = Estimate(first / (first + second), low, high)
    share = ties / table.sum() if table.size else float("nan")
    return Position(value, kinds["same"], kinds["half"], kinds["flipped"], float(share))


def self_agreement(
    first: Sequence[Outcome], second: Sequence[Outcome], dimension: str, draws: int, rng: np.random.Generator
) -> Agreement:
    """Agreement of the outcomes of two judgements of the same pairs."""
    again = {
        _key(one): one.state for one in second if one.dimension == dimension and one.agreement != "empty"
    }
    both = [one for one in first if one.dimension == dimension and _key(one) in again]
    return agreement(
        [one.state for one in both],
        [again[_key(one)] for one in both],
        [one.id for one in both],
        TIE,
        draws,
        rng,
    )


def _key(one: Outcome) -> tuple[str, str, str]:
    return one.id, one.result, one.base


def rejections(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, str]]:
    """Requests without a usable answer: count by kind of reason, and one reason as an example."""
    seen: dict[tuple[str, str, str, str, int], str] = {
        (one.id, one.result, one.base, one.order, one.repeat): one.rejected
        for one in verdicts
        if one.rejected
    }
    kinds = Counter(reason.split(":")[0] for reason in seen.values())
    example = {reason.split(":")[0]: reason for reason in seen.values()}
    return {kind: (count, example[kind]) for kind, count in kinds.most_common()}
