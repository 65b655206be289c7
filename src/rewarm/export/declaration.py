"""Declares the step `export`."""

from rewarm.corpus.tables.catalogue import ADAPTER, CHANNELS, CONTINUED, MODEL, SHARES
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Export, Recipe

# Of a source, what the model card shows.
_SHOWN = ("name", "labels", "licence")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """What the model card shows of the recipe."""
    plain = recipe.model_dump(mode="json")
    return Configuration(
        {
            "name": recipe.name,
            "model": recipe.model,
            "model_licence": recipe.model_licence,
            "base_model": recipe.export.base_model,
            "most_forgetting": recipe.evaluate.most_forgetting,
            "sources": [{key: source[key] for key in _SHOWN} for source in plain["sources"]],
        }
    )


STEP = Step(
    name="export",
    run="rewarm.export.step:run",
    settings=Export,
    configure=configure,
    reads=(MODEL, ADAPTER, CONTINUED, CHANNELS, SHARES),
    writes=(MODEL, ADAPTER),
)
