"""Declares the step `mix`."""

from rewarm.corpus.tables.catalogue import LEAVES, LEDGER, PLAN, SHARES, TOKENS
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Mix, Recipe

# Of a stage, what decides which documents it draws.
_DRAWN = ("name", "tokens", "mix", "max_epochs", "best")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the state that training goes on from: documents that were used there count as used."""
    state = context.state
    stages = [stage.model_dump(mode="json", include=set(_DRAWN)) for stage in recipe.stages]
    return Configuration(
        {
            "stages": [{key: stage[key] for key in _DRAWN} for stage in stages],
            # Keys of configurations know stages by name.
            "order": [stage.name for stage in recipe.stages],
            "shortfall": recipe.mix.shortfall,
            "seed": recipe.seed,
            "start": state.identity if state else None,
        },
        {"earlier": state.earlier if state else None},
    )


STEP = Step(
    name="mix",
    run="rewarm.data.mix.step:run",
    settings=Mix,
    configure=configure,
    reads=(TOKENS, LEAVES),
    writes=(PLAN, SHARES, LEDGER, Table("uses", "earlier.json")),
    verdicts=("repeat",),
)
