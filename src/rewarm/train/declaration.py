"""Declares the step `train`."""

from rewarm.corpus.tables.catalogue import (
    ADAPTER,
    BLOCKS,
    CONTINUED,
    HELDOUT,
    HELDOUT_LEAF_OF,
    LEAVES,
    MODEL,
    SCORES,
    TOKEN_BYTES,
    VOCABULARY,
)
from rewarm.engine.step import Configuration, Context, Step, Table
from rewarm.recipe import Recipe, Train, without_effect

# Of a stage, what decides how it is trained; what is trained on is in the blocks.
_TRAINED = ("name", "schedule", "rope")


def configure(recipe: Recipe, context: Context) -> Configuration:
    """Settings marked with an `Effect` are aside: they change nothing beyond the last bits."""
    state, plain = context.state, recipe.model_dump(mode="json")
    free = {key: plain["train"].pop(key) for key in without_effect(Train)}
    return Configuration(
        {
            "train": plain["train"],
            "guard": plain["guard"],
            "forgetting": {
                **plain["forgetting"],
                "seq_len": recipe.evaluate.seq_len or recipe.pack.seq_len,
                **recipe.evaluate.scored_part(),
            },
            "stages": [{key: stage[key] for key in _TRAINED} for stage in plain["stages"]],
            "order": [stage.name for stage in recipe.stages],
            "export": {"dtype": plain["export"]["dtype"]},
            "seed": recipe.training_seed,
            "start": state.identity if state else None,
            "rewarm": recipe.start.rewarm if recipe.start else True,
        },
        {
            "free": free,
            "name": recipe.name,
            "state": str(state.folder) if state else None,
            "state_rate": state.rate if state else 0.0,
        },
    )


STEP = Step(
    name="train",
    run="rewarm.train.step:run",
    settings=Train,
    configure=configure,
    reads=(BLOCKS, HELDOUT, LEAVES, HELDOUT_LEAF_OF, TOKEN_BYTES, SCORES, MODEL, VOCABULARY),
    writes=(
        MODEL,
        ADAPTER,
        CONTINUED,
        Table("metrics", "metrics"),
        Table("incidents", files=("incidents.jsonl", "decisions.json")),
    ),
    needs_device=True,
    keeps_state=True,
)
