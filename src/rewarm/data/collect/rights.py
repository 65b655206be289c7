"""What a record says about its licence and about reserved uses: fields of data sets, and what formats carry.

Only what is written is recorded. A missing signal is no permission, and a licence field of a data set is its
publisher's claim, which rewarm does not check.
"""

import re
from typing import Any

from rewarm.data.collect.records import Record

_FIELDS = ("licence", "license", "license_type", "license_name", "rights", "copyright")
_ANY = frozenset(_FIELDS)
_INSIDE = ("", "metadata", "meta")
# Longer values are texts about a licence.
_LONGEST = 200
_SIGNALS = ("noai", "noimageai", "tdm-reserved")


def of_record(record: Record) -> tuple[str | None, str | None, str | None]:
    """Licence, its origin, and reserved uses, sorted and apart by a space; each None where nothing says."""
    given = record.meta.get("rights")
    signals = sorted({str(one) for one in given if one in _SIGNALS}) if isinstance(given, list) else []
    licence, origin = _licence(record)
    return licence, origin, " ".join(signals) or None


def _licence(record: Record) -> tuple[str | None, str | None]:
    for inside in _INSIDE:
        fields: Any = record.value.get(inside) if inside and isinstance(record.value, dict) else record.value
        if not isinstance(fields, dict) or _ANY.isdisjoint(fields):
            continue
        for name in _FIELDS:
            if licence := _text(fields.get(name)):
                return licence, f"field {inside}.{name}" if inside else f"field {name}"
    if licence := _text(record.meta.get("licence")):
        return licence, f"{record.meta.get('kind', 'html')} {record.meta.get('licence_from', 'licence')}"
    return None, None


def _text(value: object) -> str | None:
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        return None
    value = re.sub(r"\s+", " ", value).strip()
    return value if value and len(value) <= _LONGEST else None
