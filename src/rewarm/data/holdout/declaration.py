"""Declares the step `holdout`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, LABELS, SPLIT
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Holdout, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the state that training goes on from: what was trained on there is not held out here."""
    state = context.state
    return Configuration(
        {
            "holdout": recipe.holdout.model_dump(mode="json"),
            "seed": recipe.seed,
            "start": state.identity if state else None,
        },
        {"earlier": state.earlier if state else None},
    )


STEP = Step(
    name="holdout",
    run="rewarm.data.holdout.step:run",
    settings=Holdout,
    configure=configure,
    reads=(DOCUMENTS, LABELS),
    writes=(SPLIT, Table("hashes", "hashes")),
)
