"""A hash table of grams, for asking of millions whether they are among a few."""

import numpy as np

from rewarm.text.kernel import kernel


def table_of(grams: np.ndarray) -> np.ndarray:
    """uint64 table, at most a quarter full, of distinct uint32 grams; 0 is an empty place. None: empty."""
    if not len(grams):
        return np.empty(0, np.uint64)
    table = np.zeros(max(16, 1 << (4 * len(grams) - 1).bit_length()), np.uint64)
    _fill(table, grams)
    return table


@kernel
def holds(table: np.ndarray, gram: np.uint32) -> bool:
    """Whether the gram is in the uint64 table of `table_of`."""
    mask = np.uint64(len(table) - 1)
    place = np.uint64(gram) & mask
    entry = np.uint64(gram) + np.uint64(1)
    while table[place] != 0:
        if table[place] == entry:
            return True
        place = (place + np.uint64(1)) & mask
    return False


@kernel
def may_hold(table: np.ndarray, gram: np.uint32) -> bool:
    """True for every gram in the uint64 table, and for at most a quarter of others: one look-up, no loop."""
    return bool(table[np.uint64(gram) & np.uint64(len(table) - 1)] != 0)


@kernel
def _fill(table: np.ndarray, grams: np.ndarray) -> None:
    mask = np.uint64(len(table) - 1)
    for gram in grams:
        place = np.uint64(gram) & mask
        while table[place] != 0:
            place = (place + np.uint64(1)) & mask
        table[place] = np.uint64(gram) + np.uint64(1)
