"""Declares the step `export`."""

from rewarm.corpus.tables.catalogue import ADAPTER, CHANNELS, CONTINUED, MODEL, SHARES
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Export, Recipe, Source

# Of a source, what the model card shows.
_SHOWN = ("name", "licence")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """What the model card shows of the recipe."""
    return Configuration(
        {
            "name": recipe.name,
            "model": recipe.model,
            "model_licence": recipe.model_licence,
            "base_model": recipe.export.base_model,
            "most_forgetting": recipe.evaluate.most_forgetting,
            "sources": [
                {**{key: getattr(source, key) for key in _SHOWN}, "labels": _labels(source)}
                for source in recipe.sources
            ],
        }
    )


def _labels(source: Source) -> dict[str, str]:
    """Axis → label, or where documents bring their own."""
    places = {**source.labels_from("field"), **source.labels_from("attribute")}
    return {
        axis: f"by {places[axis]}" if axis in places else source.fixed_labels[axis] for axis in source.labels
    }


STEP = Step(
    name="export",
    run="rewarm.export.step:run",
    settings=Export,
    configure=configure,
    reads=(MODEL, ADAPTER, CONTINUED, CHANNELS, SHARES),
    writes=(MODEL, ADAPTER),
)
