"""What a mix may name, and what is refused before anything runs."""

from typing import Any

import pytest
from pydantic import ValidationError

from rewarm.recipe import Recipe, Source, selectors

LAW = {"name": "law", "path": "law", "labels": {"task": "domain", "language": "zh"}}
WEB = {
    "name": "web",
    "path": "web",
    "labels": {"task": "general", "language": {"field": "lang", "default": "en"}},
}


def recipe(mix: dict[str, float], *sources: dict[str, Any]) -> Recipe:
    stages = [{"name": "adapt", "tokens": 10, "mix": mix}]
    return Recipe(name="r", model="m", sources=list(sources or (LAW, WEB)), stages=stages)  # type: ignore[arg-type]


def test_a_name_is_a_source_and_equations_are_labels() -> None:
    assert selectors.parse("law") == {"source": "law"}
    assert selectors.parse("task = math, language=zh") == {"task": "math", "language": "zh"}
    for wrong in ("task=", "=math", "task=math,", "task=a,task=b"):
        with pytest.raises(ValueError, match=r"selector|twice"):
            selectors.parse(wrong)


@pytest.mark.parametrize(
    "mix",
    [
        {"law": 0.5, "web": 0.5},
        {"task=domain": 0.5, "source=web": 0.5},
        # Which documents of web are Chinese is not known yet.
        {"language=zh": 0.5, "web": 0.5},
        {"language=zh,task=general": 0.5, "law": 0.5},
    ],
)
def test_what_may_be_there_passes(mix: dict[str, float]) -> None:
    assert recipe(mix).stages[0].mix == mix


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"low": 1}, "'low' is not a source; sources are law, web"),
        ({"source=low": 1}, "'low' is not a source"),
        (
            {"topic=tax": 1},
            "no source labels the axis 'topic' of 'topic=tax'; axes are source, task, language",
        ),
        ({"law": 0.5, "task=domain": 0.5}, "law and task=domain both select source law"),
        ({"task=": 1}, "'task=' is not a selector"),
        ({"task=math": 1}, "no document is task=math; task may be domain, general"),
    ],
)
def test_what_cannot_be_there_is_refused_at_once(mix: dict[str, float], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        recipe(mix)
    assert said in str(error.value)


def test_labels_of_a_source() -> None:
    web = Source.model_validate(WEB)
    assert web.fixed_labels == {"task": "general", "language": "en"}
    assert web.labels_from("field") == {"language": "lang"} and web.labels_from("attribute") == {}
    assert web.may_be({"language": "fr", "task": "general"}) and not web.may_be({"task": "domain"})
    assert web.may_be({"source": "web"}) and not web.may_be({"source": "law"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": {"language": {}}}, "exactly one of field, attribute"),
        ({"labels": {"language": {"field": "a", "attribute": "b"}}}, "exactly one of field, attribute"),
        ({"labels": {"source": "x"}}, "the axis `source` is the source's name already"),
        ({"labels": {"a=b": "x"}}, "'a=b' is not a valid axis name"),
        ({"labels": {"task": {"field": "a"}}, "conversations": {}}, "conversations have no fields"),
        (
            {"labels": {"task": {"field": "a"}}, "format": "text"},
            "plain text and conversations have no fields",
        ),
    ],
)
def test_labels_that_cannot_be(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as error:
        Source.model_validate({"name": "s", "path": "p", **changes})
    assert said in str(error.value)
