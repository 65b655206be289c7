"""Shares that a recipe leaves open: where they start, what documents and task examples make of them."""

from typing import Any

import pytest

from rewarm.data.mix.declaration import STEP
from rewarm.data.mix.settled_shares import missing_languages, settled
from rewarm.data.mix.start_shares import StartShares, adaptation, start_shares
from rewarm.engine.step import Context
from rewarm.recipe import Recipe

SOURCES = {
    "law": {"language": "zh", "task": "domain"},
    "zh": {"language": "zh", "task": "general"},
    "en": {"language": "en", "task": "general"},
    "py": {"language": "code", "task": "code"},
}


def recipe(shares: dict[str, Any], sources: dict[str, dict[str, str]] | None = None, **more: Any) -> Recipe:
    given = [{"name": name, "path": name, "labels": labels} for name, labels in (sources or SOURCES).items()]
    stage = {"name": "adapt", "tokens": 1000, "mix": shares}
    return Recipe.model_validate(
        {"name": "r", "model": "m", "sources": given, "stages": more.pop("stages", [stage]), **more}
    )


def start(mix: dict[str, Any], **more: Any) -> StartShares:
    return start_shares(recipe(mix, **more), 0)


BOTH = {"domain": {"mix": "auto"}, "general": {"mix": "auto"}}


def test_knowledge_keeps_a_quarter_of_general_text_in_four_four_two() -> None:
    found = start(BOTH)
    assert found.shares == pytest.approx({"law": 0.75, "zh": 0.1, "en": 0.1, "py": 0.05})
    assert list(found.shares) == ["law", "zh", "en", "py"] and not found.fixed
    assert any("knowledge" in one and "25%" in one for one in found.reasons)
    assert any("4 : 4 : 2" in one for one in found.reasons)
    # The same without groups.
    assert start(dict.fromkeys(SOURCES, "auto")).shares == pytest.approx(found.shares)


@pytest.mark.parametrize(
    ("more", "kind", "general"),
    [
        ({"mix": {"adaptation": "language"}}, "language", 0.5),
        ({"mix": {"adaptation": "long-context"}}, "long-context", 0.4),
        ({"sources": {**SOURCES, "law": {"language": "de", "task": "domain"}}}, "language", 0.5),
        ({"sources": {**SOURCES, "law": {"language": "en", "task": "domain"}}}, "knowledge", 0.25),
    ],
)
def test_the_kind_of_adaptation_decides_how_much_general_text(
    more: dict[str, Any], kind: str, general: float
) -> None:
    given = recipe(BOTH, **more)
    assert adaptation(given)[0] == kind
    assert start_shares(given, 0).shares["law"] == pytest.approx(1 - general)


def test_a_stage_with_other_positions_is_long_context() -> None:
    stages = [{"name": "long", "tokens": 1000, "mix": BOTH, "rope": {"theta": 1e6}}]
    kind, why = adaptation(recipe(BOTH, stages=stages))
    assert kind == "long-context" and "stage long" in why


def test_a_domain_that_enters_late_gets_half() -> None:
    stages = [
        {"name": "adapt", "tokens": 1000, "mix": {"zh": 1.0}},
        {"name": "anneal", "tokens": 1000, "mix": BOTH},
    ]
    found = start_shares(recipe(BOTH, stages=stages), 1)
    assert found.shares["law"] == pytest.approx(0.375) and "2510.14865" in found.reasons[0]


def test_a_range_of_the_domain_takes_what_the_kind_asks_for_within_it() -> None:
    for written, got in (([0.3, 0.6], 0.6), ([0.8, 0.9], 0.8), ([0.5, 0.9], 0.75)):
        found = start({"domain": {"share": written, "mix": "auto"}, "general": {"mix": "auto"}})
        assert found.shares["law"] == pytest.approx(got)
    fixed = start({"domain": {"share": 0.5, "mix": "auto"}, "general": {"mix": "auto"}})
    assert fixed.shares["law"] == pytest.approx(0.5) and fixed.shares["zh"] == pytest.approx(0.2)


def test_fixed_shares_stay_as_written_and_open_ones_fill_the_rest() -> None:
    mix = {"law": 0.6, "general": {"share": 0.4, "mix": {"zh": [0.1, 0.2], "en": "auto", "py": 0.1}}}
    found = start(mix)
    assert found.shares["law"] == 0.6 and found.shares["py"] == pytest.approx(0.04)
    assert found.shares["zh"] == pytest.approx(0.4 * 0.15, rel=0.2) and sum(
        found.shares.values()
    ) == pytest.approx(1)
    plain = start({"law": 0.6, "zh": 0.4})
    assert plain.fixed and plain.shares == {"law": 0.6, "zh": 0.4}
    config = STEP.configuration(recipe({"law": 0.6, "zh": 0.4}), Context([])).in_key["stages"][0]
    assert "open" not in config and config["mix"] == {"law": 0.6, "zh": 0.4}


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"law": [0.5, 0.2], "zh": "auto"}, "the first is the least share"),
        ({"law": [0.1, 0.3], "zh": 0.2}, "1 must be possible"),
        ({"talk": {"mix": "auto"}, "law": 0.5}, "is for the groups domain and general"),
        ({"law": 0.5, "general": {"mix": {"law": 0.5, "zh": 0.5}}}, "stands in two groups"),
        ({"general": {"mix": "auto", "without": ["zz"]}, "law": 0.5}, "'zz' is not a source"),
        ({"general": {"mix": "auto", "without": ["zh", "en", "py"]}, "law": 0.5}, "no source is general"),
        ({"law": 1.5}, "less than or equal to 1"),
        ({"law": "often"}, "Input should be 'auto'"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(mix: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        recipe(mix)


def stage(mix: dict[str, Any], **more: Any) -> dict[str, Any]:
    found = start(mix, **more)
    return {"tokens": 1000, "mix": found.shares, "open": found.plain()}


PLENTY = dict.fromkeys(SOURCES, 1e9)


def test_what_an_open_entry_lacks_goes_to_its_group_first() -> None:
    found = settled(stage(BOTH), {**PLENTY, "en": 20.0}, None, 0.0)
    assert found.shares == pytest.approx({"law": 0.75, "en": 0.02, "zh": 0.23 * 2 / 3, "py": 0.23 / 3})
    assert any("en 2.0% instead of 10.0%: it gives 20 tokens" in one for one in found.reasons)
    scarce = settled(stage(BOTH), {**PLENTY, "law": 300.0}, None, 0.0)
    assert scarce.shares["law"] == pytest.approx(0.3)
    assert scarce.shares["en"] == pytest.approx(0.7 * 0.4)


def test_fixed_shares_never_move() -> None:
    given = stage({"law": 0.6, "general": {"share": 0.4, "mix": "auto"}})
    found = settled(given, {**PLENTY, "law": 1.0, "en": 1.0}, {"zh": 1.0}, 1.0)
    assert found.shares["law"] == pytest.approx(0.6)


def test_sources_of_one_language_share_by_their_tokens() -> None:
    sources = {**SOURCES, "news": {"language": "en", "task": "general"}}
    given = stage(BOTH, sources=sources)
    assert given["mix"]["en"] == given["mix"]["news"] == pytest.approx(0.05)
    found = settled(given, {**PLENTY, "en": 9e6, "news": 1e6}, None, 0.0)
    assert found.shares["en"] == pytest.approx(0.09) and found.shares["news"] == pytest.approx(0.01)


def test_examples_move_general_text_half_way() -> None:
    found = settled(stage(BOTH), PLENTY, {"zh": 0.0, "en": 1.0, "py": 0.0}, 0.5)
    assert found.shares == pytest.approx({"law": 0.75, "zh": 0.05, "en": 0.175, "py": 0.025})
    assert any("100% of the task examples are most like it" in one for one in found.reasons)
    same = settled(stage(BOTH), PLENTY, None, 0.5)
    assert same.shares == pytest.approx(stage(BOTH)["mix"]) and not same.reasons


def test_english_and_code_are_missed_only_where_languages_are_known() -> None:
    assert missing_languages({"zh": 1.0}, {"zh": "zh"}) == ["en", "code"]
    assert missing_languages({"zh": 0.5, "en": 0.5, "py": 0.0}, {"zh": "zh", "en": "en", "py": "code"}) == [
        "code"
    ]
    assert missing_languages({"web": 1.0}, {"web": ""}) == []
