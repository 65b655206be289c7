"""Shares to tokens, tokens to documents."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.mix.shares import best, budgets, draw

SOURCES = ["law", "api", "notes"]


@given(
    st.integers(1, 10_000),
    st.lists(st.integers(1, 10), min_size=3, max_size=3),
    st.lists(st.integers(0, 8_000), min_size=3, max_size=3),
)
def test_budgets_keep_to_what_there_is(tokens: int, parts: list[int], there: list[int]) -> None:
    shares = {name: part / sum(parts) for name, part in zip(SOURCES, parts, strict=True)}
    available = dict(zip(SOURCES, there, strict=True))
    given_ = budgets(tokens, shares, available)
    assert all(given_[name] <= available[name] for name in SOURCES)
    assert abs(sum(given_.values()) - min(tokens, sum(there))) <= len(SOURCES)
    if all(available[name] > tokens * shares[name] for name in SOURCES):
        assert all(abs(given_[name] - tokens * shares[name]) <= 1 for name in SOURCES)


def test_what_a_small_source_lacks_goes_to_the_others_by_their_shares() -> None:
    given_ = budgets(1000, {"law": 0.5, "api": 0.3, "notes": 0.2}, {"law": 100, "api": 9999, "notes": 9999})
    assert given_ == {"law": 100, "api": 540, "notes": 360}


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=20),
    st.integers(1, 2000),
    st.integers(1, 3),
    st.integers(0, 99),
)
def test_a_draw_meets_its_budget_and_uses_the_least_used_first(
    lengths: list[int], budget: int, epochs: int, seed: int
) -> None:
    sizes, used = np.array(lengths), np.zeros(len(lengths), dtype=np.int64)
    drawn = draw(sizes, used, budget, epochs, np.random.default_rng(seed))
    assert drawn.tokens.sum() == min(budget, epochs * sizes.sum())
    assert np.array_equal(np.bincount(drawn.documents, minlength=len(sizes)), used)
    assert used.max() <= epochs and used.max() - used.min() <= 1
    assert drawn.tokens.sum() + drawn.cropped == sizes[drawn.documents].sum()


def test_the_best_hold_their_share_of_the_tokens() -> None:
    quality, lengths = np.array([0.1, 0.9, 0.5, 0.7]), np.array([10, 10, 10, 10])
    assert best(quality, lengths, 0.5).tolist() == [False, True, False, True]
    assert best(quality, lengths, 1.0).all()
