"""Agreement and kappa against values worked out by hand, and their interval in simulation."""

import math

import numpy as np
import pytest

from rewarm.statistics.agreement import Agreement, agreement


def of(one: str, other: str, group: list[str] | None = None, draws: int = 200) -> Agreement:
    """Ratings as letters, t for a tie."""
    groups = group or [str(place) for place in range(len(one))]
    return agreement(one, other, groups, "t", draws, np.random.default_rng(0))


def test_shares_and_kappa_by_hand() -> None:
    # Cohen's table of 50: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 seen, 0.5 by chance, kappa 0.4.
    found = of("y" * 25 + "n" * 25, "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15)
    assert found.with_ties.value == 0.7 and found.kappa.value == pytest.approx(0.4)
    assert found.kappa.low < 0.4 < found.kappa.high and found.with_ties.low == pytest.approx(0.562, abs=1e-3)


def test_ties_are_left_out_of_the_second_share() -> None:
    found = of("aabtt", "abttb")
    assert (found.count, found.decided) == (5, 2)
    assert found.with_ties.value == 2 / 5 and found.without_ties.value == 1 / 2


def test_kappa_is_unknown_where_both_always_say_the_same() -> None:
    found = of("aaaa", "aaaa")
    assert math.isnan(found.kappa.value) and found.with_ties.value == 1
    assert of("abab", "abab").kappa.value == 1


def test_no_ratings_and_no_decided_ones() -> None:
    assert of("", "").count == 0
    assert math.isnan(of("tt", "at").without_ties.value)


def test_ratings_of_a_group_are_drawn_together() -> None:
    one, other = "abababab" * 5, "abbabaab" * 5
    alone = of(one, other, draws=1000).kappa
    together = of(one, other, [str(place // 8) for place in range(40)], draws=1000).kappa
    assert together.high - together.low < 1e-9 < alone.high - alone.low


def test_the_interval_of_kappa_covers() -> None:
    rng = np.random.default_rng(0)
    covered, runs = 0, 300
    for _ in range(runs):
        one = rng.integers(3, size=120)
        other = np.where(rng.random(120) < 0.5, one, rng.integers(3, size=120))  # kappa 0.5
        found = agreement(
            [str(v) for v in one], [str(v) for v in other], [str(v) for v in range(120)], "t", 200, rng
        )
        covered += found.kappa.low <= 0.5 <= found.kappa.high
    assert 0.9 <= covered / runs <= 0.99
