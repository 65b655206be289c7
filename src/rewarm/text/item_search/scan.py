"""Looks up every 5-gram of every document among those of the items: one linear pass.

A document meets an item when it has enough of the item's distinct grams, wherever they stand; whether
they stand together is asked only of the few that meet (`matching.py`).
"""

import numpy as np

from rewarm.text.grams.gram_sets import grams_of
from rewarm.text.grams.tokens import Tokens
from rewarm.text.item_search.gram_index import GramIndex, row_of
from rewarm.text.kernel import kernel


def frequencies(tokens: Tokens, chosen: np.ndarray, size: int, index: GramIndex) -> np.ndarray:
    """In how many of the chosen documents each gram stands. chosen: bool [documents]; int64 [grams]."""
    found = np.zeros(len(index.grams), np.int64)
    _frequencies(tokens.hashes, tokens.starts, tokens.counts, chosen, size, index.table, found)
    return found


def meeting(tokens: Tokens, chosen: np.ndarray, size: int, index: GramIndex, need: np.ndarray) -> np.ndarray:
    """Documents that hold `need` of some owner's grams. need: int64 [owners]; int64, ascending."""
    met = np.zeros(len(tokens.counts), np.bool_)
    _meeting(
        tokens.hashes, tokens.starts, tokens.counts, chosen, size, index.table, index.first, index.owners,
        need, len(index.grams), met,
    )  # fmt: skip
    return np.flatnonzero(met)


def hits(
    hashes: np.ndarray, size: int, index: GramIndex, need: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Owners that one document meets, and where their grams stand: owner (int32) and position (int64) side
    by side, by position; and distinct grams by owner. hashes: uint32, the document's tokens."""
    held = np.zeros(len(need), np.int64)
    owner, position = _hits(
        hashes, size, index.table, index.first, index.owners, need, len(index.grams), held
    )  # fmt: skip
    return np.flatnonzero((held >= need) & (held > 0)), owner, position, held


@kernel
def _frequencies(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    chosen: np.ndarray,
    size: int,
    table: np.ndarray,
    found: np.ndarray,
) -> None:
    last = np.full(len(found), -1, np.int64)
    grams = np.empty(counts.max() if len(counts) else 0, np.uint32)
    for document in range(len(counts)):
        if not chosen[document]:
            continue
        number = grams_of(hashes, starts[document], counts[document], size, grams)
        for position in range(number):
            row = row_of(table, grams[position])
            if row >= 0 and last[row] != document:
                last[row] = document
                found[row] += 1


@kernel
def _meeting(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    chosen: np.ndarray,
    size: int,
    table: np.ndarray,
    first: np.ndarray,
    owners: np.ndarray,
    need: np.ndarray,
    rows: int,
    met: np.ndarray,
) -> None:
    last = np.full(rows, -1, np.int64)
    held = np.zeros(len(need), np.int64)
    stamp = np.full(len(need), -1, np.int64)
    grams = np.empty(counts.max() if len(counts) else 0, np.uint32)
    for document in range(len(counts)):
        if not chosen[document]:
            continue
        number = grams_of(hashes, starts[document], counts[document], size, grams)
        for position in range(number):
            row = row_of(table, grams[position])
            if row < 0 or last[row] == document:
                continue
            last[row] = document
            for place in range(first[row], first[row + 1]):
                owner = owners[place]
                if stamp[owner] != document:
                    stamp[owner] = document
                    held[owner] = 0
                held[owner] += 1
                if held[owner] >= need[owner]:
                    met[document] = True
            if met[document]:
                break


@kernel
def _hits(
    hashes: np.ndarray,
    size: int,
    table: np.ndarray,
    first: np.ndarray,
    owners: np.ndarray,
    need: np.ndarray,
    rows: int,
    held: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    seen = np.zeros(rows, np.bool_)
    grams = np.empty(len(hashes), np.uint32)
    number = grams_of(hashes, 0, len(hashes), size, grams)
    for position in range(number):
        row = row_of(table, grams[position])
        if row >= 0 and not seen[row]:
            seen[row] = True
            for place in range(first[row], first[row + 1]):
                held[owners[place]] += 1
    total = 0
    for position in range(number):
        row = row_of(table, grams[position])
        if row >= 0:
            for place in range(first[row], first[row + 1]):
                total += held[owners[place]] >= need[owners[place]]
    owner = np.empty(total, np.int32)
    where = np.empty(total, np.int64)
    filled = 0
    for position in range(number):
        row = row_of(table, grams[position])
        if row >= 0:
            for place in range(first[row], first[row + 1]):
                if held[owners[place]] >= need[owners[place]]:
                    owner[filled] = owners[place]
                    where[filled] = position
                    filled += 1
    return owner, where
