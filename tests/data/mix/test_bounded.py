"""Shares within bounds that sum to a whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.mix.bounded import bounded

ENTRIES = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.floats(0, 10), st.floats(0, 1), st.floats(0, 1)),
    min_size=1,
)


@given(ENTRIES)
def test_shares_are_within_bounds_sum_up_and_keep_proportions(
    entries: dict[str, tuple[float, float, float]],
) -> None:
    bounds = {name: (min(a, b), max(a, b)) for name, (_, a, b) in entries.items()}
    weights = {name: weight for name, (weight, _, _) in entries.items()}
    found = bounded(weights, bounds)
    for name, (low, high) in bounds.items():
        assert low - 1e-9 <= found[name] <= high + 1e-9
    least, most = (sum(one[end] for one in bounds.values()) for end in (0, 1))
    assert sum(found.values()) == pytest.approx(min(max(1.0, least), most), abs=1e-6)
    free = [
        n for n, (low, high) in bounds.items() if low + 1e-6 < found[n] < high - 1e-6 and weights[n] > 1e-3
    ]
    for one in free:
        for two in free:
            assert found[one] * weights[two] == pytest.approx(found[two] * weights[one], rel=1e-4, abs=1e-6)


def test_what_a_cut_share_leaves_goes_to_the_others_in_proportion() -> None:
    wide = (0.0, 1.0)
    assert bounded({"a": 4, "b": 4, "c": 2}, {"a": (0, 0.1), "b": wide, "c": wide}) == pytest.approx(
        {"a": 0.1, "b": 0.6, "c": 0.3}
    )
    assert bounded({"a": 1, "b": 0}, {"a": wide, "b": wide}) == pytest.approx({"a": 1.0, "b": 0.0}, abs=1e-6)
    assert bounded({"a": 1, "b": 0}, {"a": (0, 0.3), "b": wide}) == pytest.approx({"a": 0.3, "b": 0.7})
    assert bounded({}, {}) == {}
