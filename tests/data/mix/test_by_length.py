"""Long documents up-sampled: the budget is met, long ones get their share or all they may give."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.mix.by_length import draw

LENGTHS = st.lists(st.integers(1, 100), min_size=1, max_size=40)


@given(lengths=LENGTHS, budget=st.integers(1, 1500), share=st.floats(0, 1), epochs=st.integers(1, 3))
def test_the_budget_is_met_and_no_document_is_used_too_often(
    lengths: list[int], budget: int, share: float, epochs: int
) -> None:
    sizes = np.array(lengths, dtype=np.int64)
    pool, used = np.arange(len(sizes)), np.zeros(len(sizes), dtype=np.int64)
    rank = np.random.default_rng(0).integers(0, 2**60, len(sizes)).astype(np.uint64)
    found = draw(sizes, pool, used, budget, epochs, rank, {"long": 50, "share": share})
    available = epochs * int(sizes.sum())
    assert int(found.tokens.sum()) == min(budget, available)
    assert np.array_equal(np.bincount(found.documents, minlength=len(sizes)), used) and used.max() <= epochs
    assert np.array_equal(found.tokens + found.cropped, sizes[found.documents])
    long = int(found.tokens[sizes[found.documents] >= 50].sum())
    assert long == found.long["tokens"]
    most_long, most_short = (epochs * int(sizes[mine].sum()) for mine in (sizes >= 50, sizes < 50))
    wanted = min(round(share * budget), most_long)
    expected = min(max(wanted, min(budget, available) - most_short), most_long)
    assert long == expected


def test_without_a_rule_documents_are_drawn_by_rank() -> None:
    used = np.zeros(3, dtype=np.int64)
    rank = np.array([2, 0, 1], dtype=np.uint64)
    found = draw(np.array([10, 20, 30]), np.arange(3), used, 40, 1, rank)
    assert found.documents.tolist() == [1, 2] and found.tokens.tolist() == [20, 20] and not found.long
