"""Decide whether a document lies within the recipe's date cut-off, and whether its rights admit it.

A date is an interval as wide as its precision: `2024` may be any day of that year. A document is dropped
only when no day of its interval is inside, so imprecise dates are kept rather than guessed.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.provenance import UNKNOWN, Provenance
from rewarm.text.dates import first_day, last_day


@dataclass(frozen=True, slots=True)
class Outside:
    """Why a document is dropped. reason: `date.before`, `date.after`, `date.unknown` or `rights.SIGNAL`;
    detail: in words."""

    reason: str
    detail: str

    def verdict(self, identity: str, source: str, origin: str, counts: Counter[str]) -> Verdict:
        """Count it, and give the row of the ledger. Without an excerpt: to find personal data in all that is
        dropped of an open corpus would take longer than reading it."""
        counts["left_out"] += 1
        counts[f"left_out.{self.reason}"] += 1
        counts[f"left_out.{self.reason}.{source}"] += 1
        return Verdict(identity, source, "collect", "drop", self.reason, origin, "", match=self.detail)


def outside(provenance: Provenance, settings: dict[str, Any]) -> Outside | None:
    """Why a document is left out; None for one that stays.

    settings: `since`, `until` (dates or None), `undated` and `rights` (signals that drop).
    """
    since, until = settings.get("since"), settings.get("until")
    if provenance.date == UNKNOWN:
        if (since or until) and settings.get("undated") == "drop":
            return Outside("date.unknown", "has no date, and undated documents are dropped")
    elif since and last_day(provenance.date) < first_day(since):
        return Outside("date.before", f"{provenance.date} ({provenance.date_origin}) is before {since}")
    elif until and first_day(provenance.date) > last_day(until):
        return Outside("date.after", f"{provenance.date} ({provenance.date_origin}) is after {until}")
    for signal in (provenance.rights or "").split():
        if signal in settings.get("rights", ()):
            return Outside(f"rights.{signal}", "its publisher reserves this use")
    return None
