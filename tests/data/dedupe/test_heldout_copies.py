"""Containment in a held-out document, against counting by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.dedupe.heldout_copies import HeldoutGrams
from rewarm.text.grams.gram_sets import Runs

GRAMS = st.sets(st.integers(0, 12), max_size=8)


def array(grams: set[int]) -> np.ndarray:
    return np.array(sorted(grams), dtype=np.uint32)


def of(heldout: list[set[int]]) -> HeldoutGrams:
    counts = np.array([len(part) for part in heldout], np.int32)
    return HeldoutGrams.of(np.concatenate([np.empty(0, np.uint32), *map(array, heldout)]), counts)


@given(st.lists(GRAMS, max_size=5), GRAMS)
def test_the_closest_is_the_one_that_holds_most(heldout: list[set[int]], grams: set[int]) -> None:
    owner, share = of(heldout).closest(array(grams))
    common = [len(part & grams) for part in heldout]
    if not common or not max(common):
        assert (owner, share) == (-1, 0.0)
    else:
        assert common[owner] == max(common)
        assert share == max(common) / len(grams)


@given(st.lists(GRAMS, max_size=5), st.lists(GRAMS, max_size=6), st.sampled_from([0.3, 0.6, 1.0]))
def test_copies_are_those_whose_closest_holds_enough(
    heldout: list[set[int]], documents: list[set[int]], overlap: float
) -> None:
    held = of(heldout)
    counts = np.array([len(part) for part in documents], np.int32)
    values = np.concatenate([np.empty(0, np.uint32), *map(array, documents)]).astype(np.uint32)
    owners, shares = held.copies(Runs(counts, values), overlap)
    for number, grams in enumerate(documents):
        owner, share = held.closest(array(grams)) if grams else (-1, 0.0)
        expected = (owner, share) if owner >= 0 and share >= overlap else (-1, 0.0)
        assert (owners[number], shares[number]) == expected
