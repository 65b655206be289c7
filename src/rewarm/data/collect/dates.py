"""The date of a record: from the field that the source names, the usual fields, or what its format says.

Publication comes before creation, and creation before change, crawl and export: a cut-off is about when a
text became available. The search looks at the record and, as data sets nest what they know of a text, at
`metadata` and `meta` in it. A field that holds no date (a number of comments called `date`) is passed over.
"""

from typing import Any

from rewarm.corpus.tables.provenance import UNKNOWN
from rewarm.data.collect.records import MISSING, Record, take
from rewarm.text import dates

USUAL = (
    "published", "published_at", "published_date", "publish_date", "publish_time", "publication_date",
    "pubDate", "pub_date", "date_published", "datePublished", "release_date", "issued",
    "created", "created_at", "created_date", "creation_date", "date_created", "dateCreated", "create_time",
    "created_utc", "date", "Date", "datetime", "timestamp", "time",
    "updated", "updated_at", "last_updated", "modified", "modified_at", "last_modified", "date_modified",
    "crawl_date", "crawled_at", "date_download", "fetch_time", "warc_date", "WARC-Date", "added", "year",
)  # fmt: skip
"""Fields that are tried in this order where the source names none."""
_ANY = frozenset(USUAL)
_INSIDE = ("metadata", "meta")


def of_record(record: Record, settings: dict[str, Any]) -> tuple[str, str | None]:
    """The date as `text.dates.iso` gives it, or `unknown`; and its origin, None where unknown.

    settings: the source's `date`, plain.
    """
    if field := settings.get("field"):
        date = dates.iso(_present(take(record.value, field)))
        if date:
            return date, f"field {field}"
    else:
        date, origin = _usual(record.value)
        if date:
            return date, origin
        if date := dates.iso(record.meta.get("date")):
            return date, _format_of(record)
        if date := dates.iso(record.meta.get("began")):
            return date, "conversation began"
    if default := settings.get("default"):
        return str(default), "source default"
    return UNKNOWN, None


def _usual(value: object) -> tuple[str | None, str]:
    for inside in ("", *_INSIDE):
        fields = value.get(inside) if inside and isinstance(value, dict) else value
        if not isinstance(fields, dict) or _ANY.isdisjoint(fields):
            continue
        for name in USUAL:
            if name in fields and (date := dates.iso(fields[name])):
                return date, f"field {inside}.{name}" if inside else f"field {name}"
    return None, ""


def _format_of(record: Record) -> str:
    # Markup in a record has no kind of its own.
    kind = record.meta.get("kind") or ("html" if "date_from" in record.meta else "file")
    return f"{kind} {record.meta.get('date_from', 'date')}"


def _present(value: object) -> object:
    return None if value is MISSING else value
