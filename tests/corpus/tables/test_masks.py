"""Mask spans keep to their characters and reach every token that touches them."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.tables import masks

SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def marked(spans: list[tuple[int, int]], size: int) -> set[int]:
    return {at for start, end in spans for at in range(start, min(end, size))}


@given(SPANS)
def test_merging_changes_no_character(spans: list[tuple[int, int]]) -> None:
    found = masks.merged(spans)
    assert marked(found, 99) == marked(spans, 99)
    assert all(start < end for start, end in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))


@given(SPANS, st.lists(st.booleans(), min_size=30, max_size=30))
def test_spans_move_with_what_stays(spans: list[tuple[int, int]], kept: list[bool]) -> None:
    stays = np.flatnonzero(kept).tolist()
    found = masks.moved(masks.merged(spans), np.array(kept))
    assert marked(found, 99) == {stays.index(at) for at in marked(spans, 30) if kept[at]}


@given(SPANS, st.lists(st.integers(0, 5), max_size=12))
def test_a_token_that_touches_a_masked_character_is_masked(
    spans: list[tuple[int, int]], sizes: list[int]
) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    offsets = list(pairwise(ends))
    edges = masks.tokens(masks.merged(spans), offsets)
    found = {at for start, stop in zip(edges[::2], edges[1::2], strict=True) for at in range(start, stop)}
    hidden = marked(spans, 99)
    assert found == {at for at, (start, end) in enumerate(offsets) if hidden & set(range(start, end))}


@given(st.text(max_size=20), st.data())
def test_chosen_characters_are_those_that_are_kept(text: str, data: st.DataObject) -> None:
    kept = data.draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    found = masks.chosen(text, np.array(kept, dtype=bool))
    assert found == "".join(letter for letter, stays in zip(text, kept, strict=True) if stays)


def test_spans_go_into_rows_and_back() -> None:
    spans = [(1, 3), (5, 9)]
    assert masks.to_rows(spans) == [{"start": 1, "end": 3}, {"start": 5, "end": 9}]
    assert masks.of_rows(masks.to_rows(spans)) == spans
    assert masks.of_rows(None) == masks.of_rows([]) == masks.to_rows([]) == []


def test_a_token_between_two_spans_is_not_masked() -> None:
    assert masks.tokens([(0, 1), (5, 6)], [(0, 1), (2, 3), (5, 6)]) == [0, 1, 2, 3]
