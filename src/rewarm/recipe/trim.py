"""What is cut out of documents because another has it too."""

from typing import Literal, Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Count, Part


class Sentences(Part):
    """Runs of whole sentences or lines, shorter than what counts as a repeated passage by itself."""

    enabled: bool = True
    run: Count = 3
    """Sentences or lines in a row, short ones not counted; C4 drops spans of three (1910.10683, 2.2)."""
    share: float = Field(0.6, gt=0, le=1)
    """Of the length `words` / `characters` that they must have together: 30 words, 60 characters. C4 has no
    such limit; entries of a reference and phrases of a statute are short and meant to be the same."""
    short: float = Field(0.1, ge=0, le=1)
    """A sentence under this share (5 words, 10 characters) counts for nothing and is never cut alone."""


class Trim(Part):
    """Passages that stand in an earlier document too. The first one keeps them: held out before training,
    then in the order of the sources, by date, the longer (most of the context), by id."""

    enabled: bool = True
    action: Literal["auto", "cut", "mask"] = "auto"
    """`cut` takes whole sentences out; `mask` leaves them as context without loss, at the price of their
    compute. `auto` cuts paragraphs that nothing around leans on and masks the rest: parts of one, items of
    a list, paragraphs of a numbered article, code, without which the text would say something else."""
    words: Count = 50
    """Equal words in a row that make a repeated passage (some 65 tokens; Lee et al. 2022, 2107.06499, took
    50). Case, spacing and prose punctuation do not count; numbers and operators do."""
    characters: Count = 100
    """The same in Chinese; a mixed passage adds up both shares."""
    sentences: Sentences = Sentences()
    min_left: float = Field(0.2, ge=0)
    """A document with less to learn from (10 words, 20 characters) is dropped, unless `mask` keeps all."""
    max_pieces: Count = 12
    """A document that would lose more passages than this for each thousand words (two thousand characters) is
    masked instead of cut to shreds, whatever `action` says: it shares formulae with others."""
    date: str | None = None
    """The field of `meta` with a date (ISO 8601): of equal passages in a source the oldest stays."""

    @model_validator(mode="after")
    def _first_ones_stay(self) -> Self:
        if self.min_left >= self.sentences.share:
            raise ValueError(
                f"trim.min_left: {self.min_left} is not below trim.sentences.share {self.sentences.share}; a "
                "document could be dropped with the only copy of a passage that another lost for it"
            )
        return self
