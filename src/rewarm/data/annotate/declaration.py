"""Declares the step `annotate`."""

from rewarm.corpus.tables.catalogue import ATTRIBUTES, CLASSIFIERS, DOCUMENTS, KEEP_IF_ANY, LABELS
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Annotate, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the labels that sources give, and the content of earlier runs' classifiers: where these lie does
    not matter. Without classifiers, only that."""
    axes = list(recipe.annotate.classifiers)
    if not axes:
        return Configuration({"annotate": {"classifiers": {}}})
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
            "seed": recipe.seed,
        },
        {"files": {axis: str(one.file) for axis, one in earlier.items()}},
    )


STEP = Step(
    name="annotate",
    run="rewarm.data.annotate.step:run",
    settings=Annotate,
    configure=configure,
    reads=(DOCUMENTS, KEEP_IF_ANY, LABELS),
    writes=(ATTRIBUTES, CLASSIFIERS),
)
