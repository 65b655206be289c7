"""What is done about phrases that a source repeats."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part, Share


class Phrases(Part):
    """Phrases that many documents of a source share and other text does not: canned replies, templates,
    disclaimers, licence headers (`data/phrases/`)."""

    action: Literal["report", "mask", "drop"] = "report"
    """Beyond `keep`: `mask` leaves them as context without loss, `drop` takes them out. `report` only lists
    them (`rewarm phrases RUN`): a formula of the law is as frequent as a canned reply, and only you know."""
    keep: int = Field(20, ge=0)
    """Documents that keep a phrase whole, so that it is still learnt."""
    min_share: Share = 0.03
    """Of a source's documents: below, a phrase costs the model little."""
    min_documents: Count = 20
    """And at least so many."""
    min_words: Count = 8
    """Shorter runs are the language's, not a template's; for Chinese and Japanese see `min_chars`."""
    min_chars: Count = 12
    whole: bool = True
    """From edge to edge of lines or clauses only: half a sentence that many share is language."""
    min_log_odds: float = 2.0
    """Against the other sources of the same language: e^2 times as frequent in odds (Monroe et al. 2008,
    section 3.3, without their prior's variance). Not asked where there is no other source."""
    sample: Count = 20_000
    """Documents of each source that frequencies are counted over; the smallest ids, which are hashes."""
    allow: list[str] = []
    """Phrases that are never touched, nor what holds or lies in them."""
    forbid: list[str] = []
    """Phrases that always go, wherever they stand, by `action` (with `report`, masked)."""
