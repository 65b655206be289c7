"""Intervals of counted shares cover what they say."""

import numpy as np
import pytest

from rewarm.statistics import proportion


@pytest.mark.parametrize("chances", [(0.3, 0.2, 0.5), (0.6, 0.2, 0.2), (0.75, 0.2, 0.05)])
@pytest.mark.parametrize("trials", [30, 200])
def test_wins_minus_losses_are_covered(chances: tuple[float, float, float], trials: int) -> None:
    drawn = np.random.default_rng(0).multinomial(trials, chances, 2000)
    true = chances[0] - chances[2]
    ends = [proportion.difference_interval(int(wins), int(losses), trials) for wins, _, losses in drawn]
    assert 0.93 < np.mean([low <= true <= high for low, high in ends]) < 0.97


def test_an_interval_without_trials_or_spread() -> None:
    assert proportion.difference_interval(0, 0, 0) == (-1, 1) and proportion.interval(0, 0) == (0, 1)
    low, high = proportion.difference_interval(20, 0, 20)
    assert 0.7 < low < 0.9 and high == 1
    assert proportion.difference_interval(0, 20, 20) == (-high, -low)


def test_wilson_by_hand() -> None:
    assert proportion.interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
