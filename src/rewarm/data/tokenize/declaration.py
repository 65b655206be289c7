"""Declares the step `tokenize`."""

from rewarm.corpus.tables.catalogue import (
    DOCUMENTS,
    HELDOUT,
    KEEP,
    LEAVES,
    MEASURES,
    MODEL,
    TOKEN_BYTES,
    TOKENS,
)
from rewarm.engine.step import Configuration, Context, Step
from rewarm.recipe import Recipe, Tokenize


def configure(recipe: Recipe, context: Context) -> Configuration:
    """With the leaves, which are numbered in the order of the sources."""
    return Configuration(
        {
            "tokenize": recipe.tokenize.model_dump(mode="json"),
            "leaves": [{"source": source.name, "labels": source.labels} for source in recipe.sources],
        }
    )


STEP = Step(
    name="tokenize",
    run="rewarm.data.tokenize.step:run",
    settings=Tokenize,
    configure=configure,
    reads=(DOCUMENTS, KEEP, MEASURES, MODEL),
    writes=(TOKENS, HELDOUT, LEAVES, TOKEN_BYTES),
    # Which tokenizer a model folder gives is up to transformers.
    libraries=("tokenizers", "transformers"),
)
