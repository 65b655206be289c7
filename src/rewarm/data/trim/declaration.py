"""Declares the step `trim`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, KEEP, LEDGER
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe, Trim


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the order of the sources: a passage stays in the first that has it."""
    return Configuration(
        {
            "trim": recipe.trim.model_dump(mode="json"),
            "sources": [source.name for source in recipe.sources],
        }
    )


STEP = Step(
    name="trim",
    run="rewarm.data.trim.step:run",
    settings=Trim,
    configure=configure,
    reads=(DOCUMENTS, KEEP),
    writes=(DOCUMENTS, KEEP, LEDGER),
    verdicts=("drop", "edit", "mask"),
)
