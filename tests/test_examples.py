"""The examples are recipes that load, and say what a reader of the report needs."""

from pathlib import Path

import pytest

from rewarm.recipe import reading

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= {"law-firm", "chat-logs", "language"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_loads_and_names_labels_and_licences(path: Path) -> None:
    recipe = reading.load(path)
    assert recipe.model_licence != "not stated"
    assert "domain" in {source.labels["task"] for source in recipe.sources}
    for source in recipe.sources:
        assert source.licence != "not stated" and source.labels["language"], source.name
    assert recipe.train.batch_tokens % recipe.pack.seq_len == 0


@pytest.mark.parametrize("name", ["law-firm", "chat-logs", "language"])
def test_own_cases_replay_and_anneal(name: str) -> None:
    (path,) = [path for path in EXAMPLES if path.stem == name]
    recipe = reading.load(path)
    tasks = {source.name: source.labels["task"] for source in recipe.sources}
    assert [stage.name for stage in recipe.stages] == ["adapt", "anneal"]
    for stage in recipe.stages:
        assert sum(share for name, share in stage.mix.items() if tasks[name] != "domain") >= 0.1, stage.name
        assert recipe.train.batch_tokens < stage.tokens / 20
    assert recipe.stages[1].best == 0.3 and recipe.stages[1].schedule.peak <= recipe.stages[0].schedule.final


def test_forgetting_differs_in_replay_only() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "forgetting"]
    without, replayed = reading.variants(reading.load(path)).values()
    assert without.stages[0].tokens == replayed.stages[0].tokens
    assert set(without.stages[0].mix) == {"statutes"} < set(replayed.stages[0].mix)
    assert without.model_copy(update={"stages": replayed.stages}) == replayed


def test_a_new_language_has_a_quarter_of_replay() -> None:
    (path,) = [path for path in EXAMPLES if path.stem == "language"]
    recipe = reading.load(path)
    kept = [source.name for source in recipe.sources if source.labels["task"] == "general"]
    for stage in recipe.stages:
        assert sum(stage.mix.get(name, 0) for name in kept) >= 0.25
    assert set(kept) - set(recipe.stages[0].mix), "one kind of text is only measured"
