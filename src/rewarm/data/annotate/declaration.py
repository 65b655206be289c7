"""Declares the step `annotate`."""

from pathlib import Path
from typing import Any

from rewarm.corpus.io.fingerprint import sha256
from rewarm.corpus.tables.catalogue import AFFINITY, ATTRIBUTES, CLASSIFIERS, DOCUMENTS, KEEP_IF_ANY, LABELS
from rewarm.engine.step import Configuration, Context, Step
from rewarm.errors import RewarmError
from rewarm.recipe import Annotate, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the labels that sources give, and the content of earlier runs' classifiers: where these lie does
    not matter. Without classifiers, only that."""
    axes = list(recipe.annotate.classifiers)
    examples, aside = _examples(recipe)
    if not axes:
        return Configuration({"annotate": {"classifiers": {}}, **examples}, aside)
    settings = recipe.annotate.model_dump(
        mode="json", exclude={"classifiers": {"__all__": {"run", "file"}}, "scores": True, "quality": True}
    )
    earlier = {one.axis: one for one in context.classifiers}
    return Configuration(
        {
            "annotate": settings,
            "earlier": {axis: one.key for axis, one in earlier.items()},
            "labels": {
                source.name: {axis: source.fixed_labels.get(axis) for axis in axes}
                for source in recipe.sources
            },
            **examples,
            "seed": recipe.seed,
        },
        {"files": {axis: str(one.file) for axis, one in earlier.items()}, **aside},
    )


def _examples(recipe: Recipe) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the task examples are, by content, and where their file lies; nothing without any.

    Raises RewarmError for a file that is not there.
    """
    given = recipe.mix.examples
    if not given:
        return {}, {}
    fixed = {source.name: source.fixed_labels for source in recipe.sources}
    general = [name for name, labels in fixed.items() if labels.get("task") != "domain"]
    settings: dict[str, Any] = {"general": general}
    place = {}
    if isinstance(given, Path):
        if not given.is_file():
            raise RewarmError(f"mix.examples: {given} is not there; give a file of records with `text`")
        settings["content"] = sha256([given])[0]
        place = {"examples_file": str(given)}
    else:
        settings["texts"] = given
    labels = {name: {axis: own.get(axis) for axis in ("language", "task")} for name, own in fixed.items()}
    return {"examples": settings, "fixed": labels, "seed": recipe.seed}, place


STEP = Step(
    name="annotate",
    run="rewarm.data.annotate.step:run",
    settings=Annotate,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY, LABELS),
    writes=(ATTRIBUTES, CLASSIFIERS, AFFINITY),
)
