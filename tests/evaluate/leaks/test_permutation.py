"""Size and power of the tests, on values whose truth is known."""

import numpy as np
import pytest

from rewarm.evaluate.leaks import permutation, power

RESAMPLES = 500


def heavy(rng: np.random.Generator, size: tuple[int, ...]) -> np.ndarray:
    """Skewed values with a few large ones, as losses of short texts are."""
    return rng.lognormal(0, 1, size)


def test_the_test_within_items_has_its_size_over_500_resamples() -> None:
    rng, rejected = np.random.default_rng(0), 0
    for _ in range(RESAMPLES):
        # Items differ far more than the orders of one item do, and some have fewer orders.
        values = [5 * heavy(rng, (1,)) + heavy(rng, (int(rng.integers(2, 7)),)) for _ in range(60)]
        rejected += permutation.within_items(values, rng, 399).p < 0.05
    assert 0.03 <= rejected / RESAMPLES <= 0.07


def test_the_test_against_twins_has_its_size_over_500_resamples() -> None:
    rng, rejected = np.random.default_rng(1), 0
    for _ in range(RESAMPLES):
        rejected += permutation.two_samples(heavy(rng, (60,)), heavy(rng, (45,)), rng, 399).p < 0.05
    assert 0.03 <= rejected / RESAMPLES <= 0.07


def test_no_data_is_no_alarm() -> None:
    rng = np.random.default_rng(0)
    assert permutation.within_items([np.array([1.0]), np.empty(0)], rng).p == 1.0
    assert permutation.two_samples(np.ones(5), np.empty(0), rng).p == 1.0
    assert power.within_items([], np.empty(0), 0.05, rng).at_planted == 0.0


@pytest.mark.parametrize("size", [40, 160])
def test_the_stated_power_is_the_share_of_planted_leaks_that_are_found(size: int) -> None:
    rng = np.random.default_rng(size)

    def values() -> list[np.ndarray]:
        return [rng.normal(rng.normal(), 0.15, 6) for _ in range(size)]

    base = np.full(size, 2.0)
    stated = power.within_items(values(), base, 0.05, rng).at_planted
    hits = 0
    for _ in range(200):
        found = values()
        for row in found:
            row[0] -= power.PLANTED * 2.0 * (rng.random() < power.LEAKED)
        hits += permutation.within_items(found, rng, 199).p < 0.05
    assert abs(stated - hits / 200) < 0.12


def test_the_stated_power_against_twins_is_the_share_that_is_found() -> None:
    rng, base = np.random.default_rng(3), np.full(80, 2.0)
    stated = power.two_samples(rng.normal(0, 0.12, 80), rng.normal(0, 0.12, 80), base, 0.05, rng).at_planted
    hits = 0
    for _ in range(200):
        leaked = rng.normal(0, 0.12, 80) - power.PLANTED * base * (rng.random(80) < power.LEAKED)
        hits += permutation.two_samples(leaked, rng.normal(0, 0.12, 80), rng, 199).p < 0.05
    assert 0.2 < stated < 0.95 and abs(stated - hits / 200) < 0.15


def test_a_real_leak_does_not_count_as_power() -> None:
    rng = np.random.default_rng(4)
    clean = [rng.normal(0, 0.3, 6) for _ in range(100)]
    leaked = [row - np.array([0.4, 0, 0, 0, 0, 0]) for row in clean]
    base = np.full(100, 2.0)
    found = [power.within_items(rows, base, 0.05, rng).at_planted for rows in (clean, leaked)]
    assert permutation.within_items(leaked, rng).p < 0.001 and found[1] <= found[0] + 0.05
