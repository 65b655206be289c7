"""What is held out: by text, steadily, within bounds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.holdout.step import choose

CONFIG = {"share": 0.1, "min_documents": 4, "max_documents": 20}


def hashes(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64)


@given(st.integers(0, 400), st.integers(0, 5))
def test_the_share_keeps_to_its_bounds(count: int, seed: int) -> None:
    chosen = int(choose(np.full(count, "law"), hashes(count), CONFIG, seed).sum())
    assert chosen == min(20, max(round(0.1 * count), min(4, count // 2)))


def test_equal_texts_are_on_one_side_across_sources() -> None:
    table = hashes(100)
    sources = np.array(["law"] * 100 + ["notes"] * 100)
    held = choose(sources, np.concatenate([table, table[::-1]]), CONFIG, 1)
    assert held[:100].any() and np.array_equal(held[:100], held[100:][::-1])


def test_new_documents_move_few() -> None:
    table = hashes(1000)
    before = choose(np.full(1000, "law"), table, {**CONFIG, "max_documents": 400}, 3)
    more = np.concatenate([table, hashes(100, seed=9)])
    after = choose(np.full(1100, "law"), more, {**CONFIG, "max_documents": 400}, 3)[:1000]
    assert (before & after).sum() >= 0.9 * before.sum()


def test_another_seed_holds_out_others_and_no_share_none() -> None:
    table, sources = hashes(1000), np.full(1000, "law")
    one, other = (choose(sources, table, CONFIG, seed) for seed in (1, 2))
    assert (one & other).sum() < one.sum() / 2
    assert not choose(sources, table, {**CONFIG, "share": 0}, 1).any()
