"""A known preference for length is removed within the stated interval."""

from collections.abc import Callable

import numpy as np
import pytest

from rewarm.statistics.length_control import EqualLength, at_equal_length


def _sigmoid(value: np.ndarray | float) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(value)))


_LEVEL = float(np.log(0.6 / 0.4))


@pytest.mark.parametrize(
    "chance",
    [
        pytest.param(lambda d: _sigmoid(_LEVEL + 1.2 * np.tanh(d / 0.64)), id="the model's own bias"),
        pytest.param(lambda d: _sigmoid(_LEVEL + 1.2 * d), id="a bias that grows without bound"),
        pytest.param(
            lambda d: 0.75 * 0.633333 + 0.25 * (d > 0), id="a judge that takes the longer in a quarter"
        ),
    ],
)
def test_the_rate_at_equal_length_is_covered(chance: Callable[[np.ndarray], np.ndarray]) -> None:
    """The result writes longer answers, and is not lost in 60 % at equal length."""
    rng = np.random.default_rng(7)
    covered = raw = 0
    runs, prompts = 120, 200
    for _ in range(runs):
        longer = rng.normal(0.4, 0.5, prompts)
        hit = rng.random(prompts) < chance(longer)
        found = at_equal_length(longer, hit, 200, rng)
        assert isinstance(found, EqualLength)
        covered += found.rate.low <= 0.6 <= found.rate.high
        raw += abs(hit.mean() - 0.6) < 1.96 * np.sqrt(0.24 / prompts)
    assert covered / runs > 0.9
    assert raw / runs < 0.5  # uncorrected, the truth is missed most of the time


def test_a_judge_without_bias_is_left_alone() -> None:
    rng = np.random.default_rng(1)
    longer = rng.normal(0.5, 0.5, 4000)
    found = at_equal_length(longer, rng.random(4000) < 0.7, 200, rng)
    assert isinstance(found, EqualLength)
    assert abs(found.rate.value - 0.7) < 0.04 and found.slope.includes_zero
    assert abs(found.longer - 0.84) < 0.03


def test_draws_in_pieces_are_all_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rewarm.statistics.length_control._CELLS", 1000)
    rng = np.random.default_rng(1)
    longer = rng.normal(0, 1, 300)
    found = at_equal_length(longer, rng.random(300) < 0.5, 100, rng)
    assert isinstance(found, EqualLength) and found.rate.low < found.rate.value < found.rate.high


@pytest.mark.parametrize(
    ("longer", "hit", "why"),
    [
        ([1.0] * 19, [True] * 19, "fewer than 20"),
        ([1.0] * 20, [True] * 20, "all verdicts are the same"),
        ([1.0] * 20, [False] * 20, "all verdicts are the same"),
        ([0.0] * 20, [True, False] * 10, "the same length"),
    ],
)
def test_why_a_rate_is_not_known(longer: list[float], hit: list[bool], why: str) -> None:
    found = at_equal_length(np.array(longer), np.array(hit), 10, np.random.default_rng(0))
    assert isinstance(found, str) and why in found


def test_a_set_that_length_separates_has_finite_values() -> None:
    longer = np.repeat([-1.0, 1.0], 20)
    found = at_equal_length(longer, longer > 0, 200, np.random.default_rng(0))
    assert isinstance(found, EqualLength)
    assert np.isfinite([found.rate.value, found.rate.low, found.rate.high, found.slope.high]).all()
