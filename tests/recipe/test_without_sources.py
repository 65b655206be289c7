"""Leaving a source out: its tokens go to the others in proportion, and the recipe stays valid."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe
from rewarm.recipe.without_sources import without

LABELS = {
    "law": {"task": "domain", "language": "zh"}, "news": {"task": "general", "language": "zh"},
    "api": {"task": "general", "language": "en"}, "py": {"task": "code", "language": "en"},
}  # fmt: skip


def recipe(*mixes: dict[str, Any], **stage: Any) -> Recipe:
    sources = [{"name": name, "path": name, "labels": labels} for name, labels in LABELS.items()]
    stages = [{"name": f"s{n}", "tokens": 10, "mix": mix, **stage} for n, mix in enumerate(mixes)]
    return Recipe.model_validate({"name": "r", "model": "m", "sources": sources, "stages": stages})


def test_the_sources_that_are_trained_on() -> None:
    one = left(recipe({"law": 0.5, "news": 0.2, "api": 0.3}), "news")
    assert [source.name for source in one.training_sources] == ["law", "api", "py"]
    assert [source.name for source in one.sources] == list(LABELS)


def left(one: Recipe, *names: str) -> Recipe:
    """The recipe without them, checked as a whole."""
    return Recipe.model_validate({**one.model_dump(mode="json"), **without(one, names)})


@pytest.mark.parametrize(
    ("mix", "expected"),
    [
        ({"law": 0.5, "news": 0.2, "api": 0.3}, {"law": 0.625, "api": 0.375}),
        ({"task=domain": 0.5, "task=general": 0.5}, {"task=domain": 0.5, "task=general": 0.5}),
        ({"law": 0.5, "task=general,language=zh": 0.5}, {"law": 1.0}),
        # An open share takes what is left after the fixed ones were raised.
        ({"law": 0.4, "news": 0.2, "api": "auto"}, {"law": 0.5, "api": "auto"}),
        ({"law": [0.4, 0.6], "news": 0.2, "api": [0.2, 0.4]}, {"law": (0.5, 0.75), "api": (0.25, 0.5)}),
        # What an open share took goes to the others.
        ({"law": 0.5, "news": "auto", "api": 0.25}, {"law": approx(2 / 3), "api": approx(1 / 3)}),
    ],
)  # fmt: skip
def test_the_others_keep_their_proportions(mix: dict[str, Any], expected: dict[str, Any]) -> None:
    found = left(recipe(mix), "news")
    assert found.stages[0].mix == expected and found.mix.without == ["news"]
    assert [source.name for source in found.sources] == list(LABELS)


def test_groups_lose_their_entries_and_a_group_without_any_is_gone() -> None:
    mix = {"law": 0.5, "general": {"share": 0.3, "mix": {"news": 0.6, "api": 0.4}},
           "more": {"share": 0.2, "mix": {"py": 1.0}}}  # fmt: skip
    found = left(recipe(mix), "news", "py").stages[0].mix
    assert list(found) == ["law", "general"]
    assert found["law"] == approx(0.625) and found["general"].mix == {"api": 1.0}  # type: ignore[union-attr]
    assert found["general"].share == approx(0.375)  # type: ignore[union-attr]


def test_groups_on_auto_name_what_they_leave_out() -> None:
    mix = {"domain": {"mix": "auto"}, "general": {"mix": "auto"}}
    found = left(recipe(mix), "news")
    assert [entry.name for entry in found.entries(found.stages[0])] == ["law", "api", "py"]


def test_limits_of_what_is_gone_are_gone() -> None:
    one = recipe({"law": 0.5, "news": 0.5}, {"news": 0.5, "law": 0.5}, max_epochs={"law": 2, "news": 9})
    assert [stage.max_epochs for stage in left(one, "news").stages] == [{"law": 2.0}] * 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["newz"], r"'newz' is not a source of the recipe; sources are law, news, .*. Did you mean news\?"),
        (["py"], "py: no stage trains on it"),
        (["law", "news", "api"], "stage s0 trains on nothing else: its mix is law, news, api"),
        (["law"], "stage s1 trains on nothing else: its mix is law"),
    ],
)  # fmt: skip
def test_what_cannot_be_left_out_is_an_error(names: list[str], said: str) -> None:
    with pytest.raises(RewarmError, match=said):
        without(recipe({"law": 0.5, "news": 0.2, "api": 0.3}, {"law": 1.0}), names)


def test_a_mix_that_names_what_it_leaves_out_is_refused() -> None:
    plain = recipe({"law": 0.5, "news": 0.5}).model_dump(mode="json")
    for names, said in ((["news"], "mix.without leaves nothing of news"), (["x"], "'x' is not a source")):
        with pytest.raises(ValueError, match=said):
            Recipe.model_validate({**plain, "mix": {"without": names}})


@given(st.lists(st.integers(1, 100), min_size=2, max_size=4), st.data())
def test_fixed_shares_sum_to_1_in_the_same_proportions(weights: list[int], data: st.DataObject) -> None:
    shares = {name: weight / sum(weights) for name, weight in zip(LABELS, weights, strict=False)}
    gone = data.draw(
        st.lists(st.sampled_from(sorted(shares)), max_size=len(shares) - 1, min_size=1, unique=True)
    )
    found = left(recipe(shares), *gone).stages[0].mix
    assert sorted(found) == sorted(set(shares) - set(gone))
    rest = sum(shares[name] for name in found)
    assert found == {name: approx(shares[name] / rest) for name in found}
