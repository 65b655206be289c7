"""What decides the output of `annotate`: settings, labels of sources, content of an earlier classifier."""

from pathlib import Path
from typing import Any

from rewarm.data.annotate.declaration import STEP
from rewarm.engine.step import Context, EarlierClassifier
from rewarm.recipe import Recipe


def recipe(**more: Any) -> Recipe:
    source = {"name": "open", "path": "a.jsonl", "labels": {"topic": "law"}}
    stage = {"name": "adapt", "tokens": 1000, "mix": {"open": 1}}
    return Recipe.model_validate({"name": "r", "model": "m", "sources": [source], "stages": [stage], **more})


def test_without_classifiers_nothing_else_decides() -> None:
    assert STEP.configuration(recipe(seed=1), Context([])).in_key == {"annotate": {"classifiers": {}}}
    given = recipe(seed=1, annotate={"ngram": 2})
    assert STEP.configuration(given, Context([])) == STEP.configuration(recipe(), Context([]))


def test_an_earlier_classifier_counts_by_its_content_and_not_by_its_place() -> None:
    found = []
    for place in ("runs/a", "moved/b"):
        given = recipe(annotate={"classifiers": {"topic": {"run": place}}})
        earlier = EarlierClassifier("topic", Path(place, "topic.safetensors"), "1234")
        found.append(STEP.configuration(given, Context([], classifiers=(earlier,))))
    assert found[0].in_key == found[1].in_key and found[0].in_key["earlier"] == {"topic": "1234"}
    assert found[0].aside != found[1].aside
    assert found[0].in_key["labels"] == {"open": {"topic": "law"}}
