"""From packed sequences to tensors: where a loss counts, and for which leaf."""

from collections.abc import Sequence as Many

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.corpus.tables.blocks import Sequence
from rewarm.train.batch import collate

LENGTHS = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4), min_size=1, max_size=4)


def sequence(lengths: list[int], masked: Many[int] = (), joined: Many[int] = ()) -> Sequence:
    size = sum(lengths)
    return Sequence(
        tokens=np.arange(1, size + 1, dtype=np.uint32),
        lengths=np.array(lengths, dtype=np.int32),
        leaves=np.arange(len(lengths), dtype=np.int32),
        documents=np.arange(len(lengths), dtype=np.int32),
        offsets=np.zeros(len(lengths), dtype=np.int64),
        joined=np.array([at in joined for at in range(len(lengths))]),
        last=np.ones(len(lengths), dtype=bool),
        masked=np.array(masked, dtype=np.int32),
    )


@given(LENGTHS)
def test_every_token_but_a_segments_first_carries_loss_for_its_own_leaf(rows: list[list[int]]) -> None:
    sequences = [sequence(lengths) for lengths in rows]
    batch = collate(sequences)
    assert batch.weights.sum().item() == sum(item.targets().sum() for item in sequences)
    for row, lengths in enumerate(rows):
        at = 0
        for leaf, length in enumerate(lengths):
            assert batch.positions[row, at : at + length].tolist() == list(range(length))
            assert batch.weights[row, at : at + length - 1].tolist() == [1] * (length - 1)
            assert set(batch.leaves[row, at : at + length - 1].tolist()) <= {leaf}
            if at:
                assert batch.weights[row, at - 1] == 0
            at += length
        assert not batch.weights[row, max(0, at - 1) :].any()
        assert batch.tokens[row, :at].tolist() == list(range(1, at + 1))


def test_masked_tokens_are_context_without_loss() -> None:
    masked = sequence([4, 5], masked=[0, 2, 6, 9])
    batch = collate([masked])
    assert batch.weights[0].tolist() == [0, 1, 1, 0, 1, 0, 0, 0]
    assert masked.targets().tolist() == [2, 1]
    assert batch.tokens[0].tolist() == list(range(1, 10))


def test_a_joined_segment_goes_on_with_the_context_before_it() -> None:
    related = sequence([3, 2, 4, 2], joined=[1, 3])
    batch = collate([related])
    assert batch.positions[0].tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5]
    # Of a joined segment the first token carries loss too, for its own leaf.
    assert batch.weights[0].tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 1, 1]
    assert related.targets().tolist() == [2, 2, 3, 2]
    assert batch.leaves[0].tolist() == [0, 0, 1, 1, 2, 2, 2, 2, 3, 3]
    masked = sequence([3, 2], masked=[3, 4], joined=[1])
    assert masked.targets().tolist() == [2, 1]
    assert collate([masked]).weights[0].tolist() == [1, 1, 0, 1]
