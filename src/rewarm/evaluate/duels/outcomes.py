"""From the verdicts of both orders to one outcome a prompt, pair of models and dimension.

Both orders agree: that is the outcome. They name different winners (`flipped`), or one of them is a tie
(`half`): the judge cannot tell the answers apart reliably, so the outcome is a tie, and how often that
happens is reported. One of them is missing: there is no outcome. An outcome therefore never rests on one
order alone."""

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
    winners: dict[tuple[str, str, str], dict[str, dict[str, str]]] = {}
    dimensions: dict[str, None] = {}
    for verdict in verdicts:
        if verdict.repeat == repeat:
            key = (verdict.id, verdict.result, verdict.base)
            winners.setdefault(key, {}).setdefault(verdict.dimension, {})[verdict.order] = verdict.winner
            dimensions.setdefault(verdict.dimension)
    outcomes: list[Outcome] = []
    excluded: list[tuple[str, str, str, str]] = []
    for pair in pairs:
        about = (pair.item.id, pair.result, pair.base)
        if pair.decided in ("result_empty", "base_empty"):
            lost: State = "lose" if pair.decided == "result_empty" else "win"
            outcomes += [Outcome(*about, name, lost, "empty", nan) for name in dimensions or (OVERALL,)]
        for dimension, by_order in winners.get(about, {}).items():
            given = list(by_order.values())
            if len(given) < 2 or "" in given:
                excluded.append((*about, dimension))
                continue
            state, agreement = _combine(given[0], given[1], pair.result)
            outcomes.append(Outcome(*about, dimension, state, agreement, _log_ratio(pair)))
    return Combined(outcomes, excluded)


def _combine(one: str, other: str, result: str) -> tuple[State, Agreement]:
    if one == other:
        return ("tie" if one == TIE else "win" if one == result else "lose"), "same"
    return "tie", "half" if TIE in (one, other) else "flipped"


def _log_ratio(pair: Pair) -> float:
    answers = pair.item.answers
    return log(len(answers[pair.result].strip()) / len(answers[pair.base].strip()))
