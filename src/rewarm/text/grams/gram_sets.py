"""From tokens to the set of their 5-grams, and to the vocabulary that says what a document is about.

A gram's hash rolls over its tokens' hashes. Sets keep their grams in the order in which they first
occur: a set needs no sorting when it is compared through a hash table. Only documents that are
looked at closely (samples, candidates, the held-out ones) need sets; a signature needs none.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewarm.engine.work import cores
from rewarm.text.grams.gram_table import holds
from rewarm.text.grams.tokens import MULTIPLIER, SLICE, Tokens, mixed, picked, starts_of
from rewarm.text.kernel import kernel

# Entries of the smallest hash table.
_LEAST = 16
# A token is repeated throughout when it stands at this share of places, and at two at least.
_THROUGHOUT = 0.004
REPEATED, IN_TITLE = 1, 2


@dataclass(frozen=True)
class Runs:
    """counts: int32 [documents]; values: uint32 [sum of counts], distinct within each document."""

    counts: np.ndarray
    values: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """int64 [documents]: where each document's values begin."""
        return starts_of(self.counts)


@dataclass(frozen=True)
class GramSets(Runs):
    """Each document's boilerplate stands last; own: int32 [documents], how many grams stand before it."""

    own: np.ndarray

    def content(self) -> Runs:
        """The sets without boilerplate; a document that has nothing else stays whole."""
        counts = np.where(self.own > 0, self.own, self.counts)
        return Runs(counts, picked(self.values, self.starts, counts))


def gram_sets(tokens: Tokens, size: int, boilerplate: np.ndarray) -> GramSets:
    """The set of `size`-grams of every document, in threads over slices.

    boilerplate: uint64 table (`gram_table`). A document of fewer tokens is one gram; without any, none.
    """
    starts = tokens.starts
    set_counts, own = np.empty(len(starts), np.int32), np.empty(len(starts), np.int32)
    # Every slice writes where its tokens stand; a set has nearly as many grams, so little is moved up.
    sets = np.empty(int(tokens.counts.sum()), np.uint32)

    def one(first: int) -> int:
        part = slice(first, first + SLICE)
        counts = tokens.counts[part]
        most = int(counts.max())
        return _gram_sets(
            tokens.hashes, starts[part], counts, size, boilerplate, np.empty(most, np.uint32), _table(most),
            sets[starts[first] :], set_counts[part], own[part],
        )  # fmt: skip

    firsts = range(0, len(starts), SLICE)
    with ThreadPoolExecutor(cores()) as pool:
        filled = np.array(list(pool.map(one, firsts)), np.int64)
    number = _moved_up(sets, starts[::SLICE], filled)
    return GramSets(set_counts, sets[:number], own)


def vocabularies(tokens: Tokens) -> Runs:
    """The distinct tokens of every document: 30 bits of each hash, times 4, plus its marks."""
    starts = tokens.starts

    def one(first: int) -> Runs:
        counts = tokens.counts[first : first + SLICE]
        most = int(counts.max())
        words = np.empty(int(counts.sum()), np.uint32)
        word_counts = np.empty(len(counts), np.int32)
        filled = _vocabularies(
            tokens.hashes, starts[first : first + SLICE], counts, tokens.titles[first : first + SLICE],
            np.empty(most, np.int32), _table(most), words, word_counts,
        )  # fmt: skip
        return Runs(word_counts, words[:filled].copy())

    with ThreadPoolExecutor(cores()) as pool:
        parts = list(pool.map(one, range(0, len(starts), SLICE)))
    counts = np.concatenate([np.empty(0, np.int32), *(part.counts for part in parts)])
    return Runs(counts, np.concatenate([np.empty(0, np.uint32), *(part.values for part in parts)]))


def _table(most: int) -> np.ndarray:
    return np.zeros(max(_LEAST, 1 << max(2 * most - 1, 1).bit_length()), np.uint64)


@kernel
def _moved_up(values: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> int:
    """Close the gaps between runs of values; how many values there are."""
    filled = 0
    for run in range(len(counts)):
        for position in range(starts[run], starts[run] + counts[run]):
            values[filled] = values[position]
            filled += 1
    return filled


@kernel
def grams_of(hashes: np.ndarray, start: int, count: int, size: int, grams: np.ndarray) -> int:
    """Write a document's grams, repeated ones as often as they stand; their number.

    grams: uint32, room for `count`.
    """
    power = np.uint64(1)
    for _ in range(size):
        power *= MULTIPLIER
    number = 0
    rolled = np.uint64(0)
    for position in range(count):
        rolled = rolled * MULTIPLIER + np.uint64(hashes[start + position])
        if position >= size:
            rolled -= np.uint64(hashes[start + position - size]) * power
        if position < size - 1 and position < count - 1:
            continue
        grams[number] = np.uint32(mixed(rolled) >> np.uint64(32))
        number += 1
    return number


@kernel
def _gram_sets(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    size: int,
    boilerplate: np.ndarray,
    grams: np.ndarray,
    table: np.ndarray,
    sets: np.ndarray,
    set_counts: np.ndarray,
    own: np.ndarray,
) -> int:
    filled = 0
    for document in range(len(counts)):
        number = grams_of(hashes, starts[document], counts[document], size, grams)
        wanted = _LEAST
        while wanted < 2 * number:
            wanted *= 2
        mask = np.uint64(wanted - 1)
        # A document's number marks its entries, so the table is never emptied.
        mark = np.uint64(document + 1)
        first = filled
        common = 0
        for position in range(number):
            gram = np.uint64(grams[position])
            entry = (mark << np.uint64(32)) | gram
            place = gram & mask
            while (table[place] >> np.uint64(32)) == mark and table[place] != entry:
                place = (place + np.uint64(1)) & mask
            if table[place] != entry:
                table[place] = entry
                if len(boilerplate) and holds(boilerplate, np.uint32(gram)):
                    grams[common] = np.uint32(gram)
                    common += 1
                else:
                    sets[filled] = np.uint32(gram)
                    filled += 1
        own[document] = filled - first
        for position in range(common):
            sets[filled] = grams[position]
            filled += 1
        set_counts[document] = filled - first
    return filled


@kernel
def _vocabularies(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    titles: np.ndarray,
    times: np.ndarray,
    table: np.ndarray,
    words: np.ndarray,
    word_counts: np.ndarray,
) -> int:
    low = np.uint64(0xFFFFFFFF)
    filled = 0
    for document in range(len(counts)):
        wanted = _LEAST
        while wanted < 2 * counts[document]:
            wanted *= 2
        mask = np.uint64(wanted - 1)
        mark = np.uint64(document + 1)
        known = 0
        for position in range(counts[document]):
            token = np.uint64(hashes[starts[document] + position] >> np.uint32(2))
            place = token & mask
            found = -1
            while (table[place] >> np.uint64(32)) == mark:
                number: Any = np.int64(table[place] & low)
                if np.uint64(words[filled + number] >> np.uint32(2)) == token:
                    found = number
                    break
                place = (place + np.uint64(1)) & mask
            if found < 0:
                found = known
                table[place] = (mark << np.uint64(32)) | np.uint64(known)
                title = IN_TITLE if position < titles[document] else 0
                words[filled + known] = np.uint32((token << np.uint64(2)) | np.uint64(title))
                times[known] = 0
                known += 1
            times[found] += 1
        least = max(2, _THROUGHOUT * counts[document])
        for number in range(known):
            if times[number] >= least:
                words[filled + number] |= np.uint32(REPEATED)
        word_counts[document] = known
        filled += known
    return filled
