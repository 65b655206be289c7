"""Declares the steps that score held-out documents: `baseline` the model that training starts from,
`original` the base with its own tokenizer where the vocabulary was extended, `evaluate` the result; and
`complete`, by which base and result complete the recipe's prompts."""

from rewarm.corpus.tables.catalogue import (
    BASE_MODEL,
    CHANNELS,
    COMPLETIONS,
    HELDOUT,
    HELDOUT_LEAF_OF,
    LEAVES,
    MODEL,
    POSITIONS,
    SCORES,
    TOKEN_BYTES,
    VOCABULARY,
)
from rewarm.engine.step import Configuration, Context, Step
from rewarm.evaluate import prompts
from rewarm.recipe import Evaluate, Recipe


def configure(recipe: Recipe, context: Context) -> Configuration:
    """The same for both, since their losses are compared."""
    train = recipe.train.model_dump(mode="json")
    return Configuration(
        {
            "seq_len": recipe.evaluate.seq_len or recipe.pack.seq_len,
            "bootstrap": recipe.evaluate.bootstrap,
            "seed": recipe.seed,
            **recipe.evaluate.scored_part(),
            "precision": recipe.train.precision,
        },
        # Rounding only: a smaller chunk against out-of-memory must not change what training starts from.
        {key: train[key] for key in ("device", "loss_chunk", "attention")},
    )


BASELINE = Step(
    name="baseline",
    run="rewarm.evaluate.heldout_loss:run",
    configure=configure,
    reads=(HELDOUT, TOKEN_BYTES, MODEL),
    writes=(SCORES, POSITIONS),
    needs_device=True,
)

ORIGINAL = Step(
    name="original",
    run="rewarm.evaluate.original:run",
    configure=configure,
    applies=lambda recipe: recipe.vocabulary is not None,
    reads=(HELDOUT, TOKEN_BYTES, VOCABULARY, BASE_MODEL),
    writes=(SCORES,),
    needs_device=True,
)

EVALUATE = Step(
    name="evaluate",
    run="rewarm.evaluate.channels:run",
    settings=Evaluate,
    configure=configure,
    reads=(HELDOUT, LEAVES, HELDOUT_LEAF_OF, TOKEN_BYTES, MODEL, SCORES, VOCABULARY),
    writes=(SCORES, CHANNELS, POSITIONS),
    needs_device=True,
)


def configure_prompts(recipe: Recipe, context: Context) -> Configuration:
    """The prompts themselves, so that a changed file completes again."""
    return Configuration(
        {
            "prompts": prompts.read(recipe.evaluate.prompts),
            "max_new_tokens": recipe.evaluate.max_new_tokens,
            "chat": recipe.evaluate.chat_prompts,
        },
        {"device": recipe.train.device},
    )


COMPLETE = Step(
    name="complete",
    run="rewarm.evaluate.completions:run",
    configure=configure_prompts,
    applies=lambda recipe: bool(recipe.evaluate.prompts),
    reads=(BASE_MODEL, MODEL),
    writes=(COMPLETIONS,),
    needs_device=True,
)
