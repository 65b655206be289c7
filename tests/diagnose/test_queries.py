"""Which held-out documents are asked about."""

import numpy as np

from rewarm.diagnose.attribution import queries


def test_documents_of_a_channel_are_found_behind_greater_rises_of_others() -> None:
    """500 documents of other channels rose more."""
    change = np.concatenate([np.full(500, 2.0), [0.1, np.nan, -0.3, 0.4, 0.1]])
    wanted = np.arange(505) >= 500
    assert queries._risen_most(change, wanted) == [503, 500, 504]


def test_at_most_so_many_and_none_where_nothing_rose() -> None:
    change = np.linspace(1, 2, 100)
    every = np.ones(100, bool)
    assert queries._risen_most(change, every) == list(range(99, 99 - queries._MOST, -1))
    assert queries._risen_most(-change, every) == []
