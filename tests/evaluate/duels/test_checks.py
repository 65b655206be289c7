"""Checks of the judge and the warnings that follow: what is seen, and where the limits are."""

import numpy as np
import pytest

from rewarm.evaluate.duels.judge_checks import Position, position, rejections
from rewarm.evaluate.duels.outcomes import Outcome
from rewarm.evaluate.duels.rates import rates
from rewarm.evaluate.duels.verdicts import Order, Verdict
from rewarm.statistics.bootstrap import Estimate


def verdict(number: int, order: Order, choice: str, repeat: int = 0, rejected: str = "") -> Verdict:
    return Verdict(f"p{number}", "r", "b", "overall", order, repeat, choice, rejected=rejected)


def outcome(number: int, state: str, agreement: str = "same", log_ratio: float = 0.1) -> Outcome:
    return Outcome(f"p{number}", "r", "b", "overall", state, agreement, log_ratio)  # type: ignore[arg-type]


def test_a_fair_judge_has_no_preference() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(100):
        wins = rng.random() < 0.7
        rows += [
            verdict(number, "result_first", "first" if wins else "second"),
            verdict(number, "base_first", "second" if wins else "first"),
        ]
    found = position(rows, [], "overall", 200, rng)
    assert found.first == Estimate(0.5, *(pytest.approx(value, abs=1e-5) for value in (0.431361, 0.568639)))
    assert not found.one_sided


def test_preference_and_consistency_are_counted() -> None:
    rows = [
        verdict(number, order, "first") for number in range(6) for order in ("result_first", "base_first")
    ]
    rows += [verdict(9, "result_first", "tie"), verdict(9, "base_first", "second", repeat=1)]
    outcomes = [
        *(outcome(n, "tie", "flipped") for n in range(6)),
        outcome(8, "win"),
        outcome(9, "tie", "half"),
    ]
    found = position(rows, outcomes, "overall", 100, np.random.default_rng(0))
    assert found.first.value == 1 and found.ties == pytest.approx(1 / 13)
    assert (found.consistent, found.half, found.flipped) == (1, 1, 6)
    assert found.consistency.value == 1 / 8 and found.one_sided and found.incoherent


@pytest.mark.parametrize(
    ("first", "one_sided"),
    [
        ((0.7, 0.66, 0.8), True),
        ((0.7, 0.64, 0.8), False),
        ((0.2, 0.1, 0.34), True),
        ((0.3, 0.1, 0.36), False),
    ],
)
def test_one_sided_from_the_interval(first: tuple[float, float, float], one_sided: bool) -> None:
    assert Position(Estimate(*first), 1, 0, 0, 0).one_sided is one_sided


def test_a_coin_is_incoherent_and_no_pair_is_not() -> None:
    assert Position(Estimate(), 5, 0, 5, 0).incoherent and not Position(Estimate(), 6, 0, 5, 0).incoherent
    assert not Position(Estimate(), 0, 0, 0, 0).incoherent


def test_rejections_count_requests_not_dimensions() -> None:
    twice = verdict(1, "result_first", "", rejected="json: a")
    rows = [twice, twice, verdict(1, "base_first", "", rejected="json: b")]
    rows += [verdict(2, "base_first", "", 1, "cut: c"), verdict(3, "base_first", "tie")]
    assert rejections(rows) == {"json": (2, "json: b"), "cut": (1, "cut: c")}


def test_intervals_of_shares_near_one_are_no_points() -> None:
    found = rates([outcome(number, "win") for number in range(20)], "", 200, np.random.default_rng(0))
    assert found.not_lose.value == 1 and 0.8 < found.not_lose.low < 0.9 and found.not_lose.high == 1
    assert found.equal_length == "all verdicts are the same"


def test_the_interval_of_the_not_lose_rate_covers() -> None:
    rng = np.random.default_rng(3)
    for share in (0.5, 0.95):
        covered = 0
        for _ in range(300):
            lost = rng.random(60) > share
            row = rates(
                [outcome(n, "lose" if one else "win", "empty") for n, one in enumerate(lost)], "", 200, rng
            )
            covered += row.not_lose.low <= share <= row.not_lose.high
        assert covered / 300 > 0.93


def test_wins_minus_losses_and_empty_answers() -> None:
    rows = [outcome(n, "win") for n in range(30)] + [
        outcome(40 + n, "lose", "empty", float("nan")) for n in range(10)
    ]
    rows += [outcome(60 + n, "tie", "flipped") for n in range(20)]
    found = rates(rows, "task: law", 500, np.random.default_rng(0))
    assert (found.win, found.tie, found.lose, found.flipped, found.empty) == (30, 20, 10, 20, 10)
    assert found.win_minus_lose.value == pytest.approx(1 / 3)
    assert found.win_minus_lose.low < 1 / 3 < found.win_minus_lose.high
    assert found.equal_length == "all verdicts are the same"  # of the judged ones none is lost
