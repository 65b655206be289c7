import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.pack.best_fit import Segment, pack

lengths = st.lists(st.integers(0, 200), max_size=60)


@given(lengths, st.integers(1, 64))
def test_every_token_lies_in_exactly_one_sequence(lengths: list[int], seq_len: int) -> None:
    seen: dict[int, list[Segment]] = {}
    for sequence in pack(lengths, seq_len):
        assert 0 < sum(segment.length for segment in sequence) <= seq_len
        for segment in sequence:
            seen.setdefault(segment.document, []).append(segment)
    for document, length in enumerate(lengths):
        position = 0
        for segment in sorted(seen.get(document, []), key=lambda segment: segment.start):
            assert segment.start == position
            position += segment.length
        assert position == length


@given(lengths, st.integers(1, 64))
def test_only_documents_that_cannot_fit_are_cut(lengths: list[int], seq_len: int) -> None:
    for sequence in pack(lengths, seq_len):
        for segment in sequence:
            if lengths[segment.document] <= seq_len:
                assert segment.length == lengths[segment.document]


@given(lengths, st.integers(1, 64))
def test_no_two_sequences_would_fit_in_one(lengths: list[int], seq_len: int) -> None:
    filled = sorted(sum(segment.length for segment in sequence) for sequence in pack(lengths, seq_len))
    assert len(filled) < 2 or filled[0] + filled[1] > seq_len


def test_agrees_with_a_plain_search_for_the_least_room() -> None:
    seq_len = 512
    generator = random.Random(5)
    sizes = [generator.randint(1, 700) for _ in range(3000)]
    room: list[int] = []
    parts = [min(seq_len, size - start) for size in sizes for start in range(0, size, seq_len)]
    for part in sorted(parts, reverse=True):
        fitting = [index for index, free in enumerate(room) if free >= part]
        if fitting:
            room[min(fitting, key=lambda index: room[index])] -= part
        else:
            room.append(seq_len - part)
    packed = pack(sizes, seq_len)
    assert sorted(seq_len - sum(s.length for s in sequence) for sequence in packed) == sorted(room)


def test_sequences_come_in_the_order_of_their_documents_on_average() -> None:
    """So that a curriculum outlives packing, whatever is packed together."""
    # The means are 2, 2.5, 2.5, 3 and 6.
    packed = pack([6, 7, 10, 10, 3, 4, 1], 10)
    places = [sorted(segment.document for segment in sequence) for sequence in packed]
    assert places == [[2], [1, 4], [0, 5], [3], [6]]


@pytest.mark.parametrize(("lengths", "seq_len"), [([3], 0), ([-1], 8)])
def test_impossible_lengths_are_refused_with_their_value(lengths: list[int], seq_len: int) -> None:
    with pytest.raises(ValueError, match=r"0 is not positive|lengths\[0\]: -1"):
        pack(lengths, seq_len)
