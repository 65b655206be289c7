"""Settings of the step `route`."""

from typing import Self

from pydantic import Field, model_validator

from rewarm.recipe.part import Part, Share


class Route(Part):
    """Three routes for text by its quality (`data/route/`): good text is kept; readable but dirty text is
    used in the first training stage, which tolerates noise; unreadable text with knowledge in it is rewritten
    by `synthesize`, or dropped if that is off."""

    enabled: bool = False
    """Off, because plain text files are clean: in twelve such corpora at most 1.8 % of the documents (LaTeX)
    are below `good`, in eight none. Sources with `language: code` are not routed."""
    good: Share = 0.92
    """Minimum share of readable words, or Chinese characters, to keep a document for all stages.
    Typeset text is above 0.97; a scan read by OCR with an error in every tenth word is at 0.9."""
    readable: Share = 0.7
    """Minimum share to keep it for the first stage. Below, every third word is damaged, and a model would
    learn the damage."""
    quality: str = "page_quality"
    """The field of a record (dotted) with the quality measured by a parser, 0 to 1. The smaller of it and the
    share measured here is used."""
    least_terms: float = Field(1.0, ge=0)
    """Minimum distinct domain terms per 1,000 characters for text to be rewritten."""
    least_facts: float = Field(0.5, ge=0)
    """Minimum numbers, dates, citations and names per 1,000 characters."""
    least_domain_score: Share = 0.5
    """Probability, by a classifier of the domain's sources against the others, that the text belongs to the
    domain. All three minima apply; this one only if both sides have 20 good documents."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.readable > self.good:
            raise ValueError(f"readable: {self.readable} is above good ({self.good}); swap them")
        return self
