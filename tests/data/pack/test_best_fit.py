import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.pack.best_fit import pack

SIZES = st.integers(1, 140).flatmap(
    lambda seq_len: st.tuples(st.just(seq_len), st.lists(st.integers(1, seq_len), max_size=60))
)


@given(SIZES)
def test_no_sequence_overflows_and_no_two_would_fit_in_one(sizes: tuple[int, list[int]]) -> None:
    seq_len, lengths = sizes
    found = pack(np.array(lengths, dtype=np.int64), seq_len)
    filled = np.bincount(found, lengths)
    assert (filled <= seq_len).all() and (filled > 0).all()
    filled.sort()
    assert len(filled) < 2 or filled[0] + filled[1] > seq_len


@pytest.mark.parametrize("seq_len", [63, 64, 65, 512, 4096])
def test_agrees_with_a_plain_search_for_the_least_room(seq_len: int) -> None:
    generator = random.Random(5)
    sizes = [generator.randint(1, seq_len) for _ in range(3000)]
    room: list[int] = []
    for part in sorted(sizes, reverse=True):
        fitting = [index for index, free in enumerate(room) if free >= part]
        if fitting:
            room[min(fitting, key=lambda index: room[index])] -= part
        else:
            room.append(seq_len - part)
    filled = np.bincount(pack(np.array(sizes), seq_len), sizes)
    assert sorted((seq_len - filled).tolist()) == sorted(room)


@pytest.mark.parametrize(("lengths", "seq_len"), [([3], 0), ([-1], 8), ([0], 8), ([9], 8)])
def test_impossible_lengths_are_refused_with_their_value(lengths: list[int], seq_len: int) -> None:
    with pytest.raises(ValueError, match=r"0 is not positive|lengths\[0\]: (-1|0|9) is not in 1..8"):
        pack(np.array(lengths), seq_len)
