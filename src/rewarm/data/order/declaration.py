"""Declares the step `order`."""

from rewarm.corpus.tables.catalogue import PLAN
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """The seed of the shuffle, and the stages in their order."""
    return Configuration({"stages": [stage.name for stage in recipe.stages], "seed": recipe.training_seed})


STEP = Step(
    name="order",
    run="rewarm.data.order.step:run",
    configure=configure,
    reads=(PLAN,),
    writes=(PLAN,),
)
