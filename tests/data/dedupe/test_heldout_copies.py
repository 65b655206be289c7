"""Containment in a held-out document, against counting by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.dedupe.heldout_copies import HeldoutGrams

GRAMS = st.sets(st.integers(0, 12), max_size=8)


def array(grams: set[int]) -> np.ndarray:
    return np.array(sorted(grams), dtype=np.uint64)


@given(st.lists(GRAMS, max_size=5), GRAMS)
def test_the_closest_is_the_one_that_holds_most(heldout: list[set[int]], grams: set[int]) -> None:
    owner, share = HeldoutGrams.of([array(part) for part in heldout]).closest(array(grams))
    common = [len(part & grams) for part in heldout]
    if not common or not max(common):
        assert (owner, share) == (-1, 0.0)
    else:
        assert common[owner] == max(common)
        assert share == max(common) / len(grams)
