"""Declares the step `mix`."""

from rewarm.corpus.tables.catalogue import (
    ATTRIBUTES,
    HELDOUT_LEAF_OF,
    LABELS,
    LEAF_OF,
    LEAVES,
    LEDGER,
    PLAN,
    SHARES,
    TOKENS,
)
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Mix, Recipe, selectors

# Of a stage, what decides which documents it draws.
_DRAWN = ("name", "tokens", "mix", "max_epochs", "best")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the state that training goes on from: documents that were used there count as used."""
    state = context.state
    stages = [stage.model_dump(mode="json", include=set(_DRAWN)) for stage in recipe.stages]
    entries = dict.fromkeys(entry for stage in recipe.stages for entry in stage.mix)
    return Configuration(
        {
            "stages": [{key: stage[key] for key in _DRAWN} for stage in stages],
            # Keys of configurations know stages by name.
            "order": [stage.name for stage in recipe.stages],
            "selectors": {entry: selectors.parse(entry) for entry in entries},
            "axes": [axis for axis in recipe.axes if axis != selectors.SOURCE],
            "sources": [
                {
                    "source": source.name,
                    "labels": source.fixed_labels,
                    "attributes": source.labels_from("attribute"),
                }
                for source in recipe.sources
            ],
            "shortfall": recipe.mix.shortfall,
            "seed": recipe.training_seed,
            "start": state.identity if state else None,
        },
        {"earlier": state.earlier if state else None},
    )


STEP = Step(
    name="mix",
    run="rewarm.data.mix.step:run",
    settings=Mix,
    configure=configure,
    reads=(TOKENS, ATTRIBUTES, LABELS),
    writes=(PLAN, SHARES, LEAVES, LEAF_OF, HELDOUT_LEAF_OF, LEDGER, Table("uses", "earlier.json")),
    verdicts=("repeat",),
)
