"""Settings of the step `tokenize`."""

from rewarm.recipe.part import Part


class Tokenize(Part):
    document_end: str | None = None
    """Token that ends a document. None: the tokenizer's EOS."""
