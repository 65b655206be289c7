import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.train.guard.vocabulary import BUCKETS, Vocabulary, top_shares

PARTS = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(0, 2**31), min_size=1, max_size=50)),
    min_size=1,
    max_size=8,
)


def _split(drawn: list[tuple[int, list[int]]]) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    return tuple(np.array(ids, dtype=np.uint32) for _, ids in drawn), np.array([leaf for leaf, _ in drawn])


@given(PARTS, st.randoms(use_true_random=False))
def test_the_order_of_parts_changes_nothing_and_a_state_returns(drawn, rng) -> None:
    shuffled = rng.sample(drawn, len(drawn))
    one, other, read = Vocabulary(3), Vocabulary(3), Vocabulary(3)
    one.accept(*_split(drawn))
    other.accept(*_split(shuffled))
    assert one.state() == other.state()
    read.load(json.loads(json.dumps(one.state())))
    np.testing.assert_array_equal(read.costs(*_split(drawn)), one.costs(*_split(drawn)))


def test_a_leaf_without_tokens_finds_all_alike() -> None:
    costs = Vocabulary(1).costs((np.arange(9, dtype=np.uint32),), np.array([0]))
    assert costs == pytest.approx([np.log(BUCKETS)])


def test_another_leafs_words_cost_more() -> None:
    rng = np.random.default_rng(0)
    parts = tuple(rng.integers(low, low + 300, 200).astype(np.uint32) for low in (0, 1000) for _ in range(40))
    leaf = np.repeat([0, 1], 40)
    words = Vocabulary(2)
    words.accept(parts, leaf)
    gain = words.costs(parts, 1 - leaf) - words.costs(parts, leaf)
    assert gain.min() > 2


@pytest.mark.parametrize(
    ("part", "shares"),
    [([7] * 10, (1.0, 1.0)), ([1, 2, 3, 4], (0.25, 0.5)), ([5, 5, 6], (2 / 3, 1.0)), ([9], (1.0, 1.0))],
)
def test_top_shares(part: list[int], shares: tuple[float, float]) -> None:
    assert top_shares(np.array(part, dtype=np.uint32)) == pytest.approx(shares)


def test_tokens_fall_into_all_buckets() -> None:
    words = Vocabulary(1)
    words.accept((np.arange(100_000, dtype=np.uint32),), np.array([0]))
    (known,) = words.state()
    assert known["bucket"] == list(range(BUCKETS)) and max(known["count"]) < 40
