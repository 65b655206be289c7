"""Declares the step `mix`."""

from rewarm.corpus.tables.catalogue import (
    AFFINITY,
    ATTRIBUTES,
    CHOICES,
    HELDOUT_LEAF_OF,
    LABELS,
    LEAF_OF,
    LEAVES,
    LEDGER,
    PLAN,
    SHARES,
    TOKENS,
)
from rewarm.data.mix.start_shares import start_shares
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Mix, Recipe, selectors

# Of a stage, what decides which documents it draws.
_DRAWN = ("name", "tokens", "max_epochs", "best")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the state that training goes on from: documents that were used there count as used."""
    state = context.state
    stages = []
    for number, stage in enumerate(recipe.stages):
        plain = stage.model_dump(mode="json", include=set(_DRAWN))
        start = start_shares(recipe, number)
        opened = {} if start.fixed else {"open": start.plain(), "reasons": start.reasons}
        long = {}
        if stage.lengths is not None:
            tokens = stage.lengths.long or (stage.seq_len or recipe.pack.seq_len) // 2
            long = {"lengths": {"long": tokens, "share": stage.lengths.share}}
        stages.append({**{key: plain[key] for key in _DRAWN}, "mix": start.shares, **opened, **long})
    entries = dict.fromkeys(entry for stage in stages for entry in stage["mix"])
    return Configuration(
        {
            "stages": stages,
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
            "without": recipe.mix.without,
            "shortfall": recipe.mix.shortfall,
            "max_formatted": recipe.mix.max_formatted,
            "formatted_ratio": recipe.mix.formatted_ratio,
            "examples_weight": recipe.mix.examples_weight if recipe.mix.examples else 0.0,
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
    reads=(TOKENS, ATTRIBUTES, LABELS, AFFINITY),
    writes=(PLAN, SHARES, CHOICES, LEAVES, LEAF_OF, HELDOUT_LEAF_OF, LEDGER, Table("uses", "earlier.json")),
    verdicts=("repeat",),
)
