"""Ranking of bases: what must hold for any wish, and the cases that the order is made for."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.plan import accelerators, choose, models
from rewarm.plan.choose import DOMAINS, Ranking, Wish
from rewarm.plan.training_way import days, training_way

CARD = accelerators.find("rtx-4090")
H100 = accelerators.find("h100")
IDS = {model.id for model in models.catalogue()}


def ids(ranking: Ranking) -> list[str]:
    return [choice.model.id for choice in ranking.choices]


@given(
    language=st.sampled_from(["", *models.languages()]),
    domain=st.sampled_from(sorted(DOMAINS)),
    need=st.sampled_from(["adapt", "reasoning"]),
    context=st.sampled_from([0, 5000, 100_000]),
)
def test_each_model_is_ranked_or_left_out_with_a_reason(
    language: str, domain: str, need: choose.Need, context: int
) -> None:
    ranking = choose.rank(Wish(language, domain, need, context=context))
    assert set(ids(ranking)) | set(ranking.left_out) == IDS
    assert not set(ids(ranking)) & set(ranking.left_out) and all(ranking.left_out.values())
    points = [choice.points for choice in ranking.choices]
    assert points == sorted(points, reverse=True)
    for choice in ranking.choices:
        assert not language or choice.model.language(language) != "none"
        assert choice.model.context >= context and choice.model.loads == "transformers"
        if choice.pilot:
            smaller = models.find(choice.pilot)
            assert smaller and smaller.family == choice.model.family
            assert smaller.parameters < choice.model.parameters
        if choice.teacher:
            larger = models.find(choice.teacher)
            assert larger and larger.parameters > choice.model.parameters


@pytest.mark.parametrize("cards", [1, 2, 4])
def test_more_cards_lose_no_candidate_and_more_days_neither(cards: int) -> None:
    few = set(ids(choose.rank(Wish("zh", card=CARD, cards=cards))))
    assert few <= set(ids(choose.rank(Wish("zh", card=CARD, cards=2 * cards))))
    wish = Wish("zh", card=CARD, cards=cards, tokens=1e9)
    short, long = (set(ids(choose.rank(replace(wish, days=days)))) for days in (1.0, 20.0))
    assert short < long <= few


def test_a_native_base_goes_before_the_same_base_that_covers_the_language() -> None:
    listed = [model for model in models.catalogue() if model.id == "Qwen/Qwen3-4B-Base"]
    other = listed[0].model_copy(
        update={"id": "A/covers", "family": "a", "native": ("en",), "covers": ("zh",)}
    )
    none = listed[0].model_copy(update={"id": "A/none", "family": "b", "native": ("en",), "covers": ()})
    ranking = choose.rank(Wish("zh"), [other, none, *listed])
    assert ids(ranking) == ["Qwen/Qwen3-4B-Base", "A/covers"]
    assert "vocabulary" in ranking.left_out["A/none"]


def test_size_follows_the_cards_and_reasoning_wants_size() -> None:
    one = choose.rank(Wish("zh", "law", card=CARD)).choices
    eight = choose.rank(Wish("zh", "law", card=H100, cards=8)).choices
    assert one[0].model.parameters < 5e9 < 10e9 < eight[0].model.parameters
    assert one[0].model.language("zh") == eight[0].model.language("zh") == "native"
    small = {c.model.id: c.points for c in choose.rank(Wish("zh", "math")).choices}
    hard = {c.model.id: c.points for c in choose.rank(Wish("zh", "math", "reasoning")).choices}
    assert hard["Qwen/Qwen3-4B-Base"] < small["Qwen/Qwen3-4B-Base"] - 20
    assert hard["Qwen/Qwen3-8B-Base"] == small["Qwen/Qwen3-8B-Base"]


def test_a_score_decides_and_a_missing_one_counts_as_the_smaller_siblings() -> None:
    base = models.find("Qwen/Qwen3-8B-Base")
    assert base
    better = base.model_copy(update={"id": "a/better", "family": "a", "scores": {"mmlu": 80.0}})
    worse = base.model_copy(update={"id": "a/worse", "family": "b", "scores": {"mmlu": 60.0}})
    larger = base.model_copy(
        update={"id": "a/large", "family": "a", "parameters": 2 * base.parameters, "scores": {}}
    )
    ranking = choose.rank(Wish(), [worse, better, larger])
    assert ids(ranking) == ["a/large", "a/better", "a/worse"]
    said = [reason.words for reason in ranking.choices[0].reasons]
    assert any("counted as its smaller sibling better, 80" in words for words in said)


def test_the_measured_loss_reorders_near_candidates_only() -> None:
    ranking = choose.rank(Wish("en"))
    first, second, last = ranking.choices[0], ranking.choices[1], ranking.choices[-1]
    assert first.points - second.points < 5 < first.points - last.points
    bits = {first.model.id: 0.9, second.model.id: 0.8, last.model.id: 0.1}
    order = ids(choose.by_loss(ranking, bits))
    assert order[:2] == [second.model.id, first.model.id] and order[-1] == last.model.id
    assert sorted(order) == sorted(ids(ranking))
    # All measured, the last in points with the least loss: it does not pass those far before it.
    falling = {name: 2.0 - place / 100 for place, name in enumerate(ids(ranking))}
    everyone = choose.by_loss(ranking, falling).choices
    assert everyone[0].model.id != first.model.id and first.points - everyone[0].points <= 5
    assert ids(choose.by_loss(ranking, {})) == ids(ranking)


def test_a_domain_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="'laws' is not one of"):
        choose.rank(Wish(domain="laws"))


def test_lora_is_taken_when_all_weights_do_not_fit_and_saves_time() -> None:
    small, large = models.find("Qwen3-0.6B-Base"), models.find("Qwen3-4B-Base")
    assert small and large
    assert (way := training_way(small.shapes(), CARD, 1, 4096)) and way.kind == "full"
    adapters = training_way(large.shapes(), CARD, 1, 4096)
    full = training_way(large.shapes(), H100, 8, 4096)
    assert adapters and adapters.kind == "LoRA" and adapters.total <= 0.87 * CARD.memory * 1e9
    assert full and full.kind == "full"
    as_full = replace(adapters, kind="full")
    times = [days(large.shapes(), way, 1e9, CARD, 1, 4096) for way in (adapters, as_full)]
    # Recomputed layers: of 8 operations a weight, 2 are saved; attention's are not.
    assert 0.74 < times[0] / times[1] < 0.8
    huge = models.find("Qwen2.5-72B")
    assert huge and training_way(huge.shapes(), CARD, 1, 4096) is None
