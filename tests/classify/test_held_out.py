"""Shares and confusion of a classifier, held to a plain count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.classify.held_out import measured

CLASSES = ("a", "b", "c")


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_measures_equal_a_plain_count(pairs: list[tuple[int, int]]) -> None:
    chances = np.full((len(pairs), 3), 0.1)
    chances[np.arange(len(pairs)), [said for _, said in pairs]] = 0.8
    found = measured(chances, np.array([true for true, _ in pairs]), CLASSES, 7)
    for true, label in enumerate(CLASSES):
        assert found.confusion[true] == [pairs.count((true, said)) for said in range(3)]
        hits = pairs.count((true, true))
        whole, said = sum(one == true for one, _ in pairs), sum(one == true for _, one in pairs)
        assert (label in found.f1) == (whole > 0)
        if whole:
            recall, precision = hits / whole, hits / said if said else 0.0
            f1 = 2 * recall * precision / (recall + precision) if hits else 0.0
            assert abs(found.f1[label] - f1) < 1e-4 and abs(found.recall[label] - recall) < 1e-4
    assert abs(found.macro_f1 - np.mean([*found.f1.values()])) < 1e-4
    assert (found.documents, found.trained) == (len(pairs), 7)
