"""Size and coverage by simulation; exact values by hand."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.statistics import paired


def test_mid_p_by_hand() -> None:
    assert paired.mid_p(0, 0) == 1
    assert paired.mid_p(0, 1) == pytest.approx(0.5)
    assert paired.mid_p(1, 6) == pytest.approx((2 * comb(7, 0) + comb(7, 1)) / 2**7)
    assert paired.mid_p(3, 3) == pytest.approx(1)
    assert 0 < paired.mid_p(900, 1100) < 1e-5
    with pytest.raises(ValueError, match="negative"):
        paired.mid_p(-1, 2)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mid_p_is_symmetric_and_a_probability(lost: int, gained: int) -> None:
    value = paired.mid_p(lost, gained)
    assert 0 < value <= 1 and value == paired.mid_p(gained, lost)


def test_the_size_is_near_the_level() -> None:
    """In 20,000 draws, so that the size is known to ±0.003; the exact test has 0.027 to 0.040."""
    rng = np.random.default_rng(0)
    for items, changed in ((100, 0.2), (200, 0.1), (500, 0.3)):
        numbers = rng.binomial(items, changed, 20_000)
        lost = rng.binomial(numbers, 0.5)
        table = {(a, b): paired.mid_p(a, b) < 0.05 for a, b in set(zip(lost, numbers - lost, strict=True))}
        alarms = np.array([table[a, b] for a, b in zip(lost, numbers - lost, strict=True)])
        assert 0.04 <= alarms.mean() <= 0.055


@pytest.mark.parametrize(("items", "lost", "gained"), [(50, 0.02, 0.06), (100, 0.05, 0.0), (300, 0.1, 0.2)])
def test_the_interval_covers_the_true_difference(items: int, lost: float, gained: float) -> None:
    rng = np.random.default_rng(1)
    draws = rng.multinomial(items, [lost, gained, 1 - lost - gained], size=4000)
    covered = 0
    for down, up, _ in draws.tolist():
        found = paired.difference(down, up, items)
        covered += found.low <= gained - lost <= found.high
    assert 0.94 <= covered / len(draws) <= 0.99


def test_without_changed_items_the_interval_is_not_empty() -> None:
    found = paired.difference(0, 0, 100)
    assert found.value == 0 and -0.03 < found.low < 0 < found.high < 0.03
    assert np.isnan(paired.difference(0, 0, 0).low)


def test_bits_per_byte_interval_covers_in_2000_draws() -> None:
    rng = np.random.default_rng(2)
    covered, draws = 0, 2000
    for _ in range(draws):
        size = rng.integers(5, 40, 80).astype(float)
        change = rng.normal(0.05, 0.2, 80) * size * np.log(2)
        found = paired.ratio_change(np.zeros(80), change, size, 200, rng)
        covered += found.low <= 0.05 <= found.high
    assert 0.925 <= covered / draws <= 0.965


def test_holm_by_hand_and_in_any_order() -> None:
    assert paired.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert paired.holm([0.9, 0.8]) == [1, 1]
    assert paired.holm([]) == []


def test_a_visible_change_is_found_four_times_in_five() -> None:
    rng = np.random.default_rng(3)
    items, changed = 400, 0.2
    effect = paired.smallest_visible(items, changed)
    found = 0
    for _ in range(1000):
        down, up, _ = rng.multinomial(items, [(changed - effect) / 2, (changed + effect) / 2, 1 - changed])
        found += paired.mid_p(int(down), int(up)) < 0.05
    assert 0.75 <= found / 1000 <= 0.85
