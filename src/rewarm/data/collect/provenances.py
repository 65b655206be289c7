"""Dates and rights of the documents of a shard, on their way to the table of attributes."""

from collections import Counter
from functools import lru_cache
from typing import Any

from rewarm.corpus.tables.provenance import UNKNOWN, Provenance, Row, row
from rewarm.data.collect import dates, rights
from rewarm.data.collect.records import Record, encodable
from rewarm.pii import hide
from rewarm.text.dates import precision


def provenance_of(record: Record, settings: dict[str, Any]) -> Provenance:
    """What is known of a record. settings: the source's `date`, plain."""
    date, origin = dates.of_record(record, settings)
    licence, licence_origin, reserved = rights.of_record(record)
    return Provenance(
        date,
        UNKNOWN if date == UNKNOWN else precision(date),
        origin,
        _shown(licence) if licence else None,
        licence_origin,
        reserved,
    )


@lru_cache(4096)
def _shown(licence: str) -> str:
    """Without personal data, such as a holder's address: the report shows it. A source has few licences."""
    return hide(encodable(licence))


class Provenances:
    """rows: of the table, one for each document that stays."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.rows: list[Row] = []

    def add(self, identity: str, provenance: Provenance, counts: Counter[str]) -> None:
        """Add a document, and count its date by precision, its licence and its reserved uses by source."""
        self.rows.append(row(identity, provenance))
        counts[f"dated.{provenance.date_precision}.{self._source}"] += 1
        if provenance.licence:
            counts[f"licensed.{self._source}"] += 1
        for signal in (provenance.rights or "").split():
            counts[f"rights.{signal}.{self._source}"] += 1
