"""Settings of the step `route`."""

from typing import Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Part, Share


class Route(Part):
    """Three ways to use text by its quality (`data/route/`): good text is kept; readable but dirty text is
    for the first training stage, which tolerates noise; text too dirty to read that holds knowledge is
    rewritten by `synthesize`, or dropped where that is off."""

    enabled: bool = False
    """Text from files that were text already is clean: of twelve such corpora at most 1.8 % of the
    documents (LaTeX) are below `good`, of eight none. Sources with `language: code` are left alone."""
    good: Share = 0.92
    """Share of readable words, or characters in Chinese, from which a document is kept for all stages.
    Typeset text is above 0.97; a scan read by OCR with an error in every tenth word is at 0.9."""
    readable: Share = 0.7
    """And from which it is kept for the first stage. Below, every third word is damaged: a model would
    learn the damage."""
    quality: str = "page_quality"
    """The field of a record (dotted) with the quality that a parser measured, 0 to 1. The smaller of it
    and of what is measured here counts; a record without it is measured here alone."""
    least_terms: float = Field(1.0, ge=0)
    """Distinct domain terms for each 1,000 characters from which dirty text is worth rewriting."""
    least_facts: float = Field(0.5, ge=0)
    """Numbers, dates, citations and names for each 1,000 characters."""
    least_domain_score: Share = 0.5
    """Probability, by a classifier of the domain's sources against the others, that the text belongs to the
    domain. All three must be reached. Not applied where either side has fewer than 20 good documents."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.readable > self.good:
            raise ValueError(f"readable: {self.readable} is above good ({self.good}); swap them")
        return self
