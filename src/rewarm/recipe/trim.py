"""What is cut out of documents because another has it too."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Part


class Sentences(Part):
    """Runs of whole sentences or lines that are shorter than a repeated passage."""

    enabled: bool = True
    """`false` finds only passages of at least `words` or `characters`."""
    run: Count = 3
    """Consecutive sentences or lines, short ones not counted; C4 drops spans of three (1910.10683, 2.2)."""
    share: float = Field(0.6, gt=0, le=1)
    """Total length as a share of `words` / `characters`: 30 words, 60 characters. C4 has no such limit;
    entries of a reference and phrases of a statute are short and intended to be equal."""
    short: float = Field(0.1, ge=0, le=1)
    """A sentence below this share (5 words, 10 characters) does not count and is never cut alone."""


class Trim(Part):
    """Passages that an earlier document also contains. The first document keeps them: held-out ones before
    training ones, then by the order of the sources, date, length (most context), id."""

    enabled: bool = True
    """`false` leaves repeated passages in every document."""
    action: Literal["auto", "cut", "mask"] = "auto"
    """`cut` removes whole sentences; `mask` keeps them as context without loss, at the price of their
    compute. `auto` cuts independent paragraphs and masks the rest, without which the text would have another
    meaning: parts of a paragraph, list items, paragraphs of a numbered article, code."""
    words: Count = 50
    """Consecutive equal words that make a repeated passage (some 65 tokens; Lee et al. 2022, 2107.06499, took
    50). Case, spacing and prose punctuation do not count; numbers and operators do."""
    characters: Count = 100
    """The same in Chinese; in a mixed passage both shares are added."""
    sentences: Sentences = Sentences()
    min_left: float = Field(0.2, ge=0)
    """A document with less left (10 words, 20 characters) is dropped, unless `mask` keeps everything."""
    max_pieces: Count = 12
    """A document that would lose more passages per thousand words (two thousand characters) is masked instead
    of cut, whatever `action` is: it shares standard formulas with others."""
    date: str | None = None
    """The field of `meta` with a date (ISO 8601): of equal passages in a source the oldest is kept."""

    @model_validator(mode="after")
    def _first_ones_stay(self) -> Self:
        if self.min_left >= self.sentences.share:
            raise ValueError(
                f"trim.min_left: {self.min_left} is not below trim.sentences.share {self.sentences.share}; a "
                "document could be dropped with the only copy of a passage that another lost for it"
            )
        return self
