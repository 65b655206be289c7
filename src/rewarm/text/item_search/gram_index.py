"""Which items hold a gram: a hash table from grams to postings, for millions of look-ups.

Owners are benchmark items and held-out documents in one row of numbers; a gram's postings are the
owners that hold it. What says nothing is marked: a benchmark's template, common language.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.text.kernel import kernel


@dataclass(frozen=True)
class GramIndex:
    """grams: uint32 [n], sorted; table: uint64, hash table from a gram to its row; first: int64 [n + 1],
    where each gram's owners begin in owners: int32."""

    grams: np.ndarray
    table: np.ndarray
    first: np.ndarray
    owners: np.ndarray

    @classmethod
    def of(cls, grams: np.ndarray, owners: np.ndarray) -> "GramIndex":
        """From uint32 grams and int32 owners side by side; pairs may repeat."""
        # Sorted: for millions of 64-bit values numpy's `unique`, a hash table, takes ten times as long.
        pairs = np.sort((grams.astype(np.uint64) << np.uint64(32)) | owners.astype(np.uint64))
        pairs = pairs[np.append(True, pairs[1:] != pairs[:-1])] if len(pairs) else pairs
        held = (pairs >> np.uint64(32)).astype(np.uint32)
        first = np.flatnonzero(np.append(True, held[1:] != held[:-1])) if len(held) else np.empty(0, int)
        distinct = held[first]
        return cls(
            distinct,
            table_of_rows(distinct),
            np.append(first, len(held)).astype(np.int64),
            (pairs & np.uint64(0xFFFFFFFF)).astype(np.int32),
        )

    def without(self, dead: np.ndarray) -> "GramIndex":
        """The same less the grams that bool [n] marks."""
        counts = np.diff(self.first)
        live = np.repeat(~dead, counts)
        return GramIndex.of(np.repeat(self.grams, counts)[live], self.owners[live])


def table_of_rows(grams: np.ndarray) -> np.ndarray:
    """uint64 table, at most half full: a gram in the upper half, its row + 1 in the lower."""
    table = np.zeros(max(16, 1 << (2 * max(len(grams), 1) - 1).bit_length()), np.uint64)
    _fill(table, grams)
    return table


@kernel
def _fill(table: np.ndarray, grams: np.ndarray) -> None:
    mask = np.uint64(len(table) - 1)
    for row in range(len(grams)):
        place = np.uint64(grams[row]) & mask
        while table[place] != 0:
            place = (place + np.uint64(1)) & mask
        table[place] = (np.uint64(grams[row]) << np.uint64(32)) | np.uint64(row + 1)


@kernel
def row_of(table: np.ndarray, gram: np.uint32) -> np.int64:
    """int64: the gram's row in the uint64 table of `table_of_rows`, or -1."""
    mask = np.uint64(len(table) - 1)
    place = np.uint64(gram) & mask
    while table[place] != 0:
        if (table[place] >> np.uint64(32)) == np.uint64(gram):
            return np.int64(table[place] & np.uint64(0xFFFFFFFF)) - 1
        place = (place + np.uint64(1)) & mask
    return np.int64(-1)
