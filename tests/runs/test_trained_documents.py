"""Which documents stand whole in the blocks of a run."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.runs.trained_documents import _covered

SEGMENT = st.tuples(st.integers(0, 3), st.integers(0, 30), st.integers(1, 12))


@given(st.lists(SEGMENT, min_size=1, max_size=40))
def test_distinct_tokens_are_counted_once(segments: list[tuple[int, int, int]]) -> None:
    owner, starts, lengths = (np.array(column, np.int64) for column in zip(*segments, strict=True))
    tokens: list[set[int]] = [set() for _ in range(4)]
    for document, start, length in segments:
        tokens[document].update(range(start, start + length))
    assert _covered(owner, starts, lengths, 4).tolist() == [len(one) for one in tokens]
