"""Dates in recipes: as YAML reads them, and what is said of those that are none."""

import re
from pathlib import Path
from typing import Any

import pytest

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, reading
from rewarm.recipe.cut_off import cut_off, months_before, needs_release

RECIPE = (
    "name: r\nmodel: m\nsources: [{{name: open, path: a.jsonl{source}}}]\n"
    "stages: [{{name: adapt, tokens: 1000, mix: {{open: 1}}}}]\n{more}\n"
)


def loaded(folder: Path, more: str = "", source: str = "") -> Recipe:
    path = folder / "recipe.yaml"
    path.write_text(RECIPE.format(more=more, source=source))
    return reading.load(path)


def settings(recipe: Recipe) -> dict[str, Any]:
    return cut_off(recipe, recipe.sources[0])


def test_years_months_and_days_are_read_as_yaml_gives_them(tmp_path: Path) -> None:
    found = settings(loaded(tmp_path, "collect: {since: 2024, until: 2025-06-30}"))
    assert (found["since"], found["until"], found["undated"]) == ("2024", "2025-06-30", "keep")


def test_a_source_has_a_cut_off_of_its_own(tmp_path: Path) -> None:
    common = "collect: {since: 2024-05, until: 2026, undated: drop}"
    assert settings(loaded(tmp_path, common, ", date: {since: none}"))["since"] is None
    own = settings(loaded(tmp_path, common, ", date: {since: 2020, until: none, undated: keep}"))
    assert (own["since"], own["until"], own["undated"]) == ("2020", None, "keep")


def test_auto_is_six_months_before_the_release(tmp_path: Path) -> None:
    recipe = loaded(tmp_path, "collect: {since: auto}\nmodel_released: 2024-11")
    assert needs_release(recipe) and settings(recipe)["since"] == "2024-05"
    open_ended = loaded(tmp_path, "collect: {since: auto}")
    assert settings(open_ended)["since"] == "auto"
    assert not needs_release(loaded(tmp_path, "collect: {since: auto}", ", date: {since: none}"))
    assert needs_release(loaded(tmp_path, "", ", date: {since: auto}"))


@pytest.mark.parametrize(
    ("day", "months", "found"),
    [
        ("2024-11", 6, "2024-05"), ("2024-03-31", 6, "2023-09"), ("2024", 6, "2023-07"),
        ("2024-01", 1, "2023-12"), ("2024-12", 12, "2023-12"),
    ],
)  # fmt: skip
def test_months_before(day: str, months: int, found: str) -> None:
    assert months_before(day, months) == found


@pytest.mark.parametrize(
    ("more", "source", "said"),
    [
        ("collect: {since: soon}", "", "collect.since: is not a date; write auto, a year, 2024-03 or"),
        ("collect: {since: 2024-13}", "", "collect.since: is not a date"),
        ("collect: {until: auto}", "", "collect.until: is not a date; write a year,"),
        ("", ", date: {since: nne}", "sources[0].date.since: is not a date; write auto, none, a year"),
        ("collect: {since: 2025-02, until: 2025-01}", "", "its cut-off begins at 2025-02, after its end"),
        ("collect: {rights: {drop: [no-ai]}}", "", "Did you mean noai?"),
        ("", ", revision: main", "only a data set of the hub has one"),
        ("annotate: {classifiers: {topic: {base: [x]}}}", "", "'x' is not a source"),
        ("annotate: {classifiers: {topic: {base: [open]}}}", "", "source 'open' has no label 'topic'"),
        ("annotate: {classifiers: {topic: {}}}", "", "give exactly one of base, run"),
        ("dedupe: {base_sources: [x]}", "", "'x' is not a source"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path: Path, more: str, source: str, said: str) -> None:
    with pytest.raises(RewarmError, match=re.escape(said)):
        loaded(tmp_path, more, source)


def test_an_end_within_the_year_of_the_beginning_is_no_fault(tmp_path: Path) -> None:
    assert settings(loaded(tmp_path, "collect: {since: 2024-05, until: 2024}"))["until"] == "2024"
