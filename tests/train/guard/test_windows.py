"""The usual of a series against its definition in plain Python, and a past that goes on elsewhere."""

from math import isnan, nan
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.train.guard.windows import Pools, Windows

NORMAL = 1.4826


def expected_of(values: list[float], least: int) -> tuple[float, float]:
    """`Windows.expected` of one series, as its docstring says it."""
    length, half = len(values), len(values) // 2
    rises = [
        (values[at + half] - values[at]) / half
        for at in range(length - half)
        if not isnan(values[at + half] - values[at])
    ]
    slope = median(rises) if rises and len(rises) >= half // 4 else 0.0
    level = [value + slope * (length - at) for at, value in enumerate(values) if not isnan(value)]
    if not level:
        return nan, nan
    middle = median(level)
    scale = NORMAL * median(abs(value - middle) for value in level)
    return (middle if len(level) >= least else nan), scale


@settings(max_examples=60)
@given(
    st.integers(8, 17).flatmap(
        lambda length: st.lists(st.just(nan) | st.floats(-9, 9), min_size=length, max_size=length)
    ),
    st.integers(1, 9),
)
def test_expected_is_a_robust_line_one_step_on(values: list[float], least: int) -> None:
    windows = Windows(2, len(values))
    for value in values:
        windows.accept(np.array([value, nan]))
    middle, scale = windows.expected(least)
    np.testing.assert_allclose([middle[0], scale[0]], expected_of(values, least), atol=1e-9)
    assert isnan(middle[1])
    known = [value for value in values if not isnan(value)]
    level = windows.levels(least, np.array([0]))
    np.testing.assert_allclose(level[0], median(known) if known and len(known) >= least else nan, atol=1e-9)
    windows.clear()
    assert np.isnan(windows.expected(1)[0]).all()


def test_series_that_are_not_asked_for_are_unknown() -> None:
    windows = Windows(3, 8)
    for step in range(20):
        windows.accept(np.array([1.0, 2.0 + step, 3.0]))
    whole, part = windows.expected(8), windows.expected(8, np.array([1, 2]))
    for all_of, some in zip(whole, part, strict=True):
        assert isnan(some[0]) and some[1:].tolist() == all_of[1:].tolist()


def test_a_straight_line_goes_on() -> None:
    windows = Windows(1, 8)
    for step in range(20):
        windows.accept(np.array([3.0 - 0.5 * step]))
    middle, scale = windows.expected(8)
    assert middle[0] == pytest.approx(3.0 - 0.5 * 20) and scale[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("length", [4, 8, 20])
def test_a_past_of_another_length_keeps_its_newest_values(length: int) -> None:
    known = Windows(2, 8)
    for value in range(6):
        known.accept(np.array([value, np.nan if value == 4 else -value]))
    other = Windows(2, length)
    other.accept(np.array([77.0, 77.0]))
    other.load(known.state())
    state = np.array(other.state())
    assert state.shape == (2, length)
    last = min(length, 6)
    assert state[0, -last:].tolist() == [0, 1, 2, 3, 4, 5][-last:]
    assert np.isnan(state[1, -2]) and state[1, -1] == -5
    assert np.isnan(state[:, : length - last]).all()


def test_a_pool_holds_the_last_values_of_each_series() -> None:
    pools = Pools(3, 4)
    pools.accept(np.array([0, 1, 0, 0]), np.array([9.0, 5.0, 1.0, 2.0]))
    pools.accept(np.array([0, 0]), np.array([3.0, 7.0]))
    assert pools.state() == [[1.0, 2.0, 3.0, 7.0], [5.0], []]
    every = np.arange(3)
    middle, scale = pools.usual(every, 1)
    assert middle[:2].tolist() == [2.5, 5.0] and isnan(middle[2]) and isnan(scale[2])
    assert scale[:2].tolist() == [pytest.approx(NORMAL), 0.0]
    assert np.isnan(pools.usual(every, 2)[0]).tolist() == [False, True, True]
    assert np.isnan(pools.usual(every, 5)[0]).all()
    assert pools.usual(np.array([1, 0, 1]), 1)[0].tolist() == [5.0, 2.5, 5.0]
    assert [pools.known(one) for one in every] == [4, 1, 0]
    other = Pools(3, 4)
    other.load(pools.state())
    assert other.state() == pools.state()
    pools.clear()
    assert pools.state() == [[], [], []]
