"""Settings of the step `phrases`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Phrases(Part):
    """Phrases that many documents of a source share and that are rare in other text: canned replies,
    templates, disclaimers, licence headers (`data/phrases/`)."""

    action: Literal["report", "mask", "drop"] = "report"
    """For documents beyond `keep`: `mask` keeps the phrase as context without loss, `drop` removes it.
    `report` only lists it (`rewarm phrases RUN`): a legal formula is as frequent as a canned reply."""
    keep: int = Field(20, ge=0)
    """Documents that keep a phrase unchanged, so that it is still learned."""
    min_share: Share = 0.03
    """Minimum share of a source's documents: a rarer phrase has little effect on the model."""
    min_documents: Count = 20
    """Minimum number of documents."""
    min_words: Count = 8
    """Shorter runs are ordinary language, not a template; for Chinese and Japanese see `min_chars`."""
    min_chars: Count = 12
    """The same in Chinese and Japanese, in characters."""
    whole: bool = True
    """Only whole lines or clauses: half a sentence that many documents share is ordinary language."""
    min_log_odds: float = 2.0
    """Against the other sources of the same language: e^2 times as frequent in odds (Monroe et al. 2008,
    section 3.3, without the variance of their prior). Ignored when there is no other source."""
    sample: Count = 20_000
    """Documents of each source in which frequencies are counted: the smallest ids, which are hashes."""
    allow: list[str] = []
    """Phrases that are never changed, nor phrases that contain them or are part of them."""
    forbid: list[str] = []
    """Phrases that `action` always applies to, wherever they occur (with `report`: masked)."""
