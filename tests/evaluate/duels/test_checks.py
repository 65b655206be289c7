"""Checks of the judge and the warnings that follow: what is seen, and where the limits are."""

from dataclasses import replace

import numpy as np
import pytest

from rewarm.evaluate.duels.judge_checks import Position, position, rejections, self_agreement
from rewarm.evaluate.duels.outcomes import Outcome, states
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


def test_one_order_alone_is_no_state() -> None:
    one, other = verdict(1, "result_first", "first"), verdict(1, "base_first", "second")
    assert states([one]) == {}
    assert states([one, other]) == {("p1", "r", "b", "overall"): ("win", "same")}
    assert states([one, other], repeat=1) == {}


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


def test_the_rate_at_equal_length_is_of_not_losing() -> None:
    """Shorter answers lose in 10 %, longer ones in 50 %: log-odds of 2.2 and 0, and half way 0.75."""
    rows = [outcome(n, "lose" if n % 10 == 0 else "tie", log_ratio=-0.1) for n in range(400)]
    rows += [outcome(400 + n, "lose" if n % 2 else "win", log_ratio=0.1) for n in range(200)]
    found = rates(rows, "", 200, np.random.default_rng(0))
    assert not isinstance(found.equal_length, str)
    assert found.equal_length.rate.value == pytest.approx(0.75, abs=0.01)
    assert found.equal_length.rate.low < 0.75 < found.equal_length.rate.high
    assert found.equal_length.slope.high < 0 and found.equal_length.longer == pytest.approx(1 / 3)
    assert found.not_lose.value == pytest.approx(460 / 600) and found.prompts == 600


def test_other_dimensions_do_not_count() -> None:
    def other(one: Verdict) -> Verdict:
        return replace(one, dimension="clarity")

    rows = [verdict(n, order, "first") for n in range(6) for order in ("result_first", "base_first")]
    rows += [other(verdict(n, "result_first", "second")) for n in range(6)]
    outcomes = [outcome(1, "win"), replace(outcome(2, "tie", "flipped"), dimension="clarity")]
    found = position(rows, outcomes, "overall", 100, np.random.default_rng(0))
    assert found.first.value == 1 and found.first.low > 0.7
    assert (found.consistent, found.half, found.flipped) == (1, 0, 0)
    again = self_agreement(
        outcomes, [outcome(1, "lose"), outcomes[1]], "overall", 50, np.random.default_rng(0)
    )
    assert (again.count, again.with_ties.value) == (1, 0.0)
