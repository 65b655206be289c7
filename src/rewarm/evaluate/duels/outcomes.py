"""From the verdicts of both orders to one outcome a prompt, pair of models and dimension.

Both orders agree: that is the outcome. They name different winners (`flipped`), or one of them is a tie
(`half`): the judge cannot tell the answers apart reliably, so the outcome is a tie, and how often that
happens is reported. One of them is missing: there is no outcome. An outcome therefore never rests on one
order alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, nan
from typing import Literal

from rewarm.evaluate.duels.pairs import Pair
from rewarm.evaluate.duels.verdicts import TIE, Verdict
from rewarm.recipe.duels import OVERALL

State = Literal["win", "tie", "lose"]
Agreement = Literal["same", "half", "flipped", "empty"]


@dataclass(frozen=True)
class Outcome:
    """Of the result against the base. agreement: of the two orders, `empty` where one answer is empty and
    lost without a judge; log_ratio: natural logarithm of the result's length by the base's, in characters,
    NaN for empty ones."""

    id: str
    result: str
    base: str
    dimension: str
    state: State
    agreement: Agreement
    log_ratio: float


@dataclass(frozen=True)
class Combined:
    """outcomes; excluded: (id, result, base, dimension) without one, as a verdict is missing."""

    outcomes: list[Outcome]
    excluded: list[tuple[str, str, str, str]]


def combined(pairs: Iterable[Pair], verdicts: Iterable[Verdict], repeat: int = 0) -> Combined:
    """Outcomes of all judged pairs and of those with one empty answer. repeat: which judgement counts."""
    given = [one for one in verdicts if one.repeat == repeat]
    dimensions = list(dict.fromkeys(one.dimension for one in given)) or [OVERALL]
    asked = dict.fromkeys((one.id, one.result, one.base, one.dimension) for one in given)
    known = states(given, repeat)
    outcomes: list[Outcome] = []
    for pair in pairs:
        about = (pair.item.id, pair.result, pair.base)
        if pair.decided in ("result_empty", "base_empty"):
            lost: State = "lose" if pair.decided == "result_empty" else "win"
            outcomes += [Outcome(*about, name, lost, "empty", nan) for name in dimensions]
        for name in dimensions:
            if found := known.get((*about, name)):
                outcomes.append(Outcome(*about, name, *found, _log_ratio(pair)))
    return Combined(outcomes, [key for key in asked if key not in known])


def states(
    verdicts: Iterable[Verdict], repeat: int = 0
) -> dict[tuple[str, str, str, str], tuple[State, Agreement]]:
    """State and agreement of the orders by (id, result, base, dimension), where both orders have a
    verdict."""
    winners: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for one in verdicts:
        if one.repeat == repeat:
            winners.setdefault((one.id, one.result, one.base, one.dimension), {})[one.order] = one.winner
    return {
        key: _combine(list(by_order.values()), key[1])
        for key, by_order in winners.items()
        if len(by_order) == 2 and "" not in by_order.values()
    }


def _combine(winners: list[str], result: str) -> tuple[State, Agreement]:
    one, other = winners
    if one == other:
        return ("tie" if one == TIE else "win" if one == result else "lose"), "same"
    return "tie", "half" if TIE in (one, other) else "flipped"


def _log_ratio(pair: Pair) -> float:
    answers = pair.item.answers
    return log(len(answers[pair.result].strip()) / len(answers[pair.base].strip()))
