"""Settings of the step `vocabulary`."""

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Vocabulary(Part):
    """Add tokens for a language or domain to the base's tokenizer (`docs/vocabulary.md`).

    New tokens are joins of the base's own tokens, applied after all joins of the base. Text without them
    keeps its token IDs.
    """

    documents: list[str] = Field(min_length=1)
    """Sources or labels (`language=zh`), as in a mix: the documents that the tokens are learned from."""
    tokens: Count = 8000
    """Tokens to add. Each costs one row of the embedding and of the head, in the model and its optimizer."""
    min_count: int = Field(20, ge=2)
    """Occurrences of a join in the text that is read. A row that is seldom trained stays what it was
    initialised to."""
    longest: int = Field(16, ge=2)
    """Tokens of the base that one new token may replace: longer ones are formulas of one corpus."""
    ascii: bool = False
    """Also join tokens with ASCII letters and digits. False keeps the IDs of English and code exactly;
    languages in Latin script need true, and then some English words change too (the share is printed)."""
    text_bytes: Count = 100_000_000
    """Bytes of text to learn from, documents drawn by a hash of their ID. The learner holds every distinct
    run of letters in memory, in Chinese most clauses."""
    least_saving: Share = 0.15
    """If held-out text of these documents needs less than this share fewer tokens, the base covers the
    language already: the step prints the advice to leave `vocabulary` out."""
