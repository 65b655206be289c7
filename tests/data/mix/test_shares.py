"""Shares to tokens, tokens to documents."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.data.mix.shares import best, budgets, common_factor, draw, in_proportion

SOURCES = ["law", "api", "notes"]
TIES = np.arange(4)


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
    drawn = draw(sizes, used, budget, epochs, np.random.default_rng(seed).permutation(len(sizes)))
    assert drawn.tokens.sum() == min(budget, epochs * sizes.sum())
    assert np.array_equal(np.bincount(drawn.documents, minlength=len(sizes)), used)
    assert used.max() <= epochs and used.max() - used.min() <= 1
    assert drawn.tokens.sum() + drawn.cropped == sizes[drawn.documents].sum()


def test_the_best_hold_their_share_of_the_tokens() -> None:
    quality, lengths = np.array([0.1, 0.9, 0.5, 0.7]), np.array([10, 10, 10, 10])
    assert best(quality, lengths, 0.5, TIES).tolist() == [False, True, False, True]
    assert best(quality, lengths, 1.0, TIES).all()


def test_a_source_without_a_share_gives_nothing() -> None:
    assert budgets(100, {"law": 1.0, "api": 0.0}, {"law": 60, "api": 500}) == {"law": 60, "api": 0}
    assert budgets(100, {"law": 0.5, "api": 0.5}, {"law": 50, "api": 50}) == {"law": 50, "api": 50}
    assert budgets(0, {"law": 1.0}, {"law": 60}) == {"law": 0}
    assert in_proportion(100, {"law": 1.0, "api": 0.0}, {"law": 60, "api": 0}) == {"law": 60, "api": 0}


def test_proportions_stay_where_a_source_is_short() -> None:
    available = {"law": 30, "api": 999}
    assert in_proportion(100, {"law": 0.5, "api": 0.5}, available) == {"law": 30, "api": 30}
    assert in_proportion(50, {"law": 0.4, "api": 0.6}, available) == {"law": 20, "api": 30}
    # Rounding never gives more than there is.
    assert in_proportion(10.6, {"law": 0.5, "api": 0.5}, {"law": 5, "api": 9}) == {"law": 5, "api": 5}


def stage(name: str, tokens: int, mix: dict[str, float], best: float = 1.0) -> dict[str, object]:
    return {"name": name, "tokens": tokens, "mix": mix, "best": best}


def test_the_scarcest_source_decides_how_much_all_stages_shrink() -> None:
    stages = [stage("adapt", 100, {"law": 0.5, "api": 0.5}), stage("anneal", 100, {"law": 1.0, "api": 0.0})]
    room = [{"law": 150.0, "api": 50.0}, {"law": 150.0, "api": 0.0}]
    assert common_factor(stages, room) == (1.0, "", "")
    room[1]["law"] = 75.0
    assert common_factor(stages, room) == (0.5, "anneal", "law")
    room[0]["api"] = 20.0
    assert common_factor(stages, room) == (0.4, "adapt", "api")


def test_a_stage_before_took_as_much_less_of_the_best_as_that_is() -> None:
    stages = [stage("adapt", 100, {"law": 1.0}), stage("anneal", 50, {"law": 1.0}, best=0.25)]
    assert common_factor(stages, [{"law": 100.0}, {"law": 60.0}]) == (0.8, "anneal", "law")
    # And of the whole, what it took of its best counts whole.
    stages = [stage("adapt", 100, {"law": 1.0}, best=0.25), stage("anneal", 50, {"law": 1.0})]
    assert common_factor(stages, [{"law": 100.0}, {"law": 75.0}]) == (0.5, "anneal", "law")
    stages = [stage("adapt", 100, {"api": 1.0}), stage("anneal", 50, {"law": 1.0})]
    assert common_factor(stages, [{"api": 100.0}, {"law": 25.0}]) == (0.5, "anneal", "law")


def test_a_draw_goes_on_where_earlier_ones_ended() -> None:
    lengths, used = np.array([10, 10, 0, 10]), np.array([1, 0, 0, 2])
    drawn = draw(lengths, used, 25, 1.5, np.arange(4))
    assert drawn.documents[0] == 1 and sorted(drawn.documents[1:].tolist()) == [0, 1]
    assert drawn.tokens.tolist() == [10, 10, 5] and drawn.cropped == 5
    assert used.tolist() == [2, 2, 0, 2]
    drawn = draw(lengths, used, 25, 1.5, np.arange(4))
    assert not len(drawn.documents) and not len(drawn.tokens) and drawn.cropped == 0
    drawn = draw(lengths, np.zeros(4, dtype=np.int64), 20, 1, np.arange(4))
    assert len(drawn.documents) == 2 and drawn.cropped == 0


def test_the_best_are_a_share_of_tokens_and_ties_are_settled_by_rank() -> None:
    quality, lengths = np.array([0.5, 0.5, 0.9, 0.5]), np.array([10, 10, 60, 20])
    assert best(quality, lengths, 0.6, TIES).tolist() == [False, False, True, False]
    assert best(quality, lengths, 0.61, TIES).tolist() == [True, False, True, False]
    assert best(quality, lengths, 0.61, TIES[::-1]).tolist() == [False, False, True, True]
    assert best(quality, lengths, 0.75, TIES).tolist() == [True, True, True, False]


def test_a_document_without_a_quality_comes_last() -> None:
    quality = np.array([np.nan, 0.1, np.nan, 0.2])
    assert best(quality, np.full(4, 10), 0.5, TIES).tolist() == [False, True, False, True]
