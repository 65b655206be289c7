"""Declares the step `pack`."""

from rewarm.corpus.tables.catalogue import BLOCKS, PLAN, TOKEN_BREAKS, TOKENS
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Pack, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With each stage's sequence length."""
    return Configuration(
        {
            "stages": [
                {"name": stage.name, "seq_len": stage.seq_len or recipe.pack.seq_len}
                for stage in recipe.stages
            ],
            "order": [stage.name for stage in recipe.stages],
            "seed": recipe.training_seed,
            "pack": recipe.pack.model_dump(mode="json", exclude={"seq_len"}),
        }
    )


STEP = Step(
    name="pack",
    run="rewarm.data.pack.step:run",
    settings=Pack,
    configure=configure,
    reads=(PLAN, TOKENS, TOKEN_BREAKS),
    writes=(BLOCKS,),
)
