"""Settings of the step `tokenize`."""

from rewarm.recipe.part import Part


class Tokenize(Part):
    """Turn text into tokens, each document closed by an end token."""

    document_end: str | None = None
    """Token that ends a document. None: the tokenizer's EOS."""
