import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rewarm.board.buckets import LEAST, MOST, TOGETHER, extremes, of_chart, size

VALUES = st.one_of(st.floats(-100, 100), st.just(np.nan))
MATRICES = st.tuples(st.integers(1, 3), st.integers(1, 300)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=VALUES)
)


@given(MATRICES, st.integers(0, 299), st.integers(1, 300), st.integers(2, 40))
def test_no_spike_of_the_range_is_lost(values, first, length, most):
    n = values.shape[1]
    first = min(first, n - 1)
    last = min(n, first + length)
    positions, found = extremes(values, first, last, most)
    assert len(positions) <= 2 * most and found.shape == (len(values), len(positions))
    assert (np.diff(positions) >= 0).all() and positions[-1] < n
    for all_of, drawn in zip(values, found, strict=True):
        seen = all_of[first:last]
        if np.isfinite(seen).any():
            assert np.nanmax(drawn) >= np.nanmax(seen) and np.nanmin(drawn) <= np.nanmin(seen)
        assert np.isin(drawn[np.isfinite(drawn)], all_of).all()


@given(MATRICES, st.integers(2, 40))
def test_a_bucket_has_its_extremes_in_their_order(values, most):
    n = values.shape[1]
    positions, found = extremes(values, 0, n, most)
    length = size(n, most - 1 if n > most else most)
    if length == 1:
        assert np.array_equal(found, values, equal_nan=True) and positions.tolist() == list(range(n))
        return
    for row, drawn in zip(values, found, strict=True):
        for at in range(0, n, length):
            part = row[at : at + length]
            one, other = drawn[2 * at // length : 2 * at // length + 2]
            if np.isnan(part).all():
                assert np.isnan([one, other]).all()
            else:
                assert {one, other} == {np.nanmin(part), np.nanmax(part)}
                # -0.0 equals 0.0, and either may stand for it.
                if one != other:
                    assert np.flatnonzero(part == one)[0] < np.flatnonzero(part == other)[-1]


def test_appended_updates_leave_earlier_points_where_they_are():
    values = np.random.default_rng(0).normal(size=(1, 1500))
    before, after = (extremes(values[:, :n], 0, n, 100) for n in (1400, 1500))
    whole = 1400 // size(1400, 99) * 2
    assert np.array_equal(before[0][:whole], after[0][:whole])
    assert np.array_equal(before[1][:, :whole], after[1][:, :whole])


def test_a_chart_of_many_series_has_fewer_buckets_of_each() -> None:
    assert of_chart(0) == of_chart(1) == MOST
    assert of_chart(64) * 64 == TOGETHER
    assert of_chart(10_000) == LEAST
    counts = [of_chart(series) for series in range(1, 300)]
    assert counts == sorted(counts, reverse=True)
