"""Declares the step `tokenize`."""

from rewarm.corpus.tables.catalogue import DOCUMENTS, HELDOUT, KEEP, MODEL, TOKEN_BREAKS, TOKEN_BYTES, TOKENS
from rewarm.engine.step import Step
from rewarm.recipe import Tokenize

STEP = Step(
    name="tokenize",
    run="rewarm.data.tokenize.step:run",
    settings=Tokenize,
    reads=(DOCUMENTS, KEEP, MODEL),
    writes=(TOKENS, HELDOUT, TOKEN_BYTES, TOKEN_BREAKS),
    # Which tokenizer a model folder gives is up to transformers.
    libraries=("tokenizers", "transformers"),
)
