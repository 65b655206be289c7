"""The kernels against plain Python."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.grams.tokens import tokens_of
from rewarm.text.item_search.alignment import common
from rewarm.text.item_search.gram_index import GramIndex, row_of
from rewarm.text.item_search.places import token_places

TOKENS = st.lists(st.integers(0, 6), max_size=14)


@given(st.text(max_size=60), st.text(alphabet="aZ９法 \n\u200b\u00adé한", max_size=40))
def test_places_are_those_of_the_tokens(one: str, other: str) -> None:
    text = (one + other).encode("utf-8", "replace").decode()
    places = token_places(text)
    tokens = tokens_of(pa.chunked_array([[text]], pa.large_string()))
    assert len(places) == tokens.counts[0]
    for (start, stop), token in zip(places, tokens.hashes, strict=True):
        alone = tokens_of(pa.chunked_array([[text[start:stop]]], pa.large_string()))
        assert alone.hashes.tolist() == [token]


def _longest(one: list[int], other: list[int]) -> int:
    if not one or not other:
        return 0
    best = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], best[i][j] + (a == b))
    return best[-1][-1]


@given(TOKENS, TOKENS)
def test_the_longest_common_subsequence(one: list[int], other: list[int]) -> None:
    arrays = (np.array(one, np.uint32), np.ones(len(one)), np.array(other, np.uint32))
    shared, first, last = common(*arrays)
    assert shared == _longest(one, other)
    assert _longest(one, other[first:last]) == shared
    assert common(arrays[0], np.zeros(len(one)), arrays[2])[0] == 0


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 5)), max_size=40))
def test_every_gram_finds_its_owners(pairs: list[tuple[int, int]]) -> None:
    grams, owners = (np.array([pair[side] for pair in pairs], np.int64) for side in (0, 1))
    index = GramIndex.of(grams.astype(np.uint32), owners)
    for gram in {gram for gram, _ in pairs}:
        row = row_of(index.table, np.uint32(gram))
        held = index.owners[index.first[row] : index.first[row + 1]].tolist()
        assert held == sorted({owner for other, owner in pairs if other == gram})
    absent = next(number for number in range(50) if number not in grams)
    assert row_of(index.table, np.uint32(absent)) == -1
