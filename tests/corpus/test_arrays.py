"""Arrays that phases hand on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.arrays import unique_sorted


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=20))
def test_distinct_values_in_order(values: list[int]) -> None:
    found = unique_sorted(np.array(values, dtype=np.uint64))
    assert found.dtype == np.uint64
    assert found.tolist() == sorted(set(values))
