"""Dates and reserved uses of sampled records, to try a cut-off on."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rewarm.corpus.tables.provenance import UNKNOWN, Provenance
from rewarm.data.collect.cutoff import outside
from rewarm.data.collect.provenances import provenance_of
from rewarm.data.collect.records import Record


@dataclass
class SampledProvenance:
    """found: how many records have the same date, precision and rights."""

    found: Counter[Provenance] = field(default_factory=Counter)

    @property
    def records(self) -> int:
        """Records that were looked at."""
        return self.found.total()

    @property
    def undated(self) -> int:
        """Those without a date."""
        return sum(count for one, count in self.found.items() if one.date == UNKNOWN)

    def add(self, record: Record, settings: dict[str, Any]) -> None:
        """Add a record. settings: the source's `date`, plain."""
        self.found[provenance_of(record, settings)] += 1

    def outside(self, settings: dict[str, Any]) -> Counter[str]:
        """Reason, or `kept` → records. settings: as `recipe.cut_off` gives them."""
        counts: Counter[str] = Counter()
        for one, count in self.found.items():
            why = outside(one, settings)
            counts[why.reason if why else "kept"] += count
        return counts
