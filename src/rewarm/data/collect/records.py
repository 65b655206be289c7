"""What reading a file gives: records, faults and notes; and how a record's fields are taken."""

import math
from dataclasses import dataclass, field
from typing import Any

from rewarm.corpus.tables.masks import Spans, merged
from rewarm.parse.parsed import Page

# Longer strings in `meta` are text of their own, not facts about the record.
_SHORT = 200


@dataclass(frozen=True, slots=True)
class Record:
    """A document's text. position: line, row or JSON path in the file; empty when it is the file. value: the
    whole record, where it has fields; pages: where the pages of a PDF, or the like, stand in the text."""

    position: str
    text: str
    meta: dict[str, Any] = field(default_factory=dict)
    masks: Spans = field(default_factory=list)
    value: Any = field(default=None, compare=False, repr=False)
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read, and why. reason: a dotted name; detail: in words."""

    position: str
    reason: str
    detail: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What was read otherwise than as written, such as another encoding."""

    position: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it was read, where it is no document yet: a message, a conversation."""

    position: str
    value: Any


Item = Record | Fault | Note | Raw
MISSING = object()
WHOLE = "\0"
"""In place of a text field: readers give records as they are."""


def take(record: object, path: str) -> object:
    """The value at a dotted path in nested objects and lists, or MISSING; `.` is the record itself."""
    if path == ".":
        return record
    if isinstance(record, dict) and path in record:
        return record[path]
    for part in path.split("."):
        if isinstance(record, dict) and part in record:
            record = record[part]
        elif isinstance(record, list) and part.isdecimal() and int(part) < len(record):
            record = record[int(part)]
        else:
            return MISSING
    return record


def scalars(record: object, text: str) -> dict[str, Any]:
    """The record's other short strings and numbers."""
    if not isinstance(record, dict):
        return {}
    return {name: value for name, value in record.items() if name != text and _is_short(value)}


def of(record: object, text: str, mask: str | None, position: str) -> Record | Fault | Raw:
    """The record's text and mask spans, or the fault that it has no text or its spans are none."""
    if text == WHOLE:
        return Raw(position, record)
    value = take(record, text)
    if isinstance(value, str):
        if mask is None or (given := take(record, mask)) in (MISSING, None):
            return Record(position, value, scalars(record, text), value=record)
        spans = _spans(given, len(value))
        if spans is None:
            detail = (
                f"field '{mask}' is not a list of [start, end] within the text's {len(value):,} characters"
            )
            return Fault(position, "parse.mask", detail, str(given)[:_SHORT])
        return Record(position, value, scalars(record, text), spans, record)
    return Fault(position, "parse.field", _wrong(record, value, text), str(record)[:_SHORT])


def encodable(text: str) -> str:
    """The text with lone surrogates replaced; they are in no valid UTF-8, Parquet's among them."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _wrong(record: object, value: object, text: str) -> str:
    if value is not MISSING:
        return f"field '{text}' is {type_name(value)}, not a string"
    if isinstance(record, dict):
        return f"field '{text}' is missing; there are {', '.join(map(str, list(record)[:8])) or 'none'}"
    return f"field '{text}' is missing: the record is {type_name(record)}, not an object"


def _spans(given: object, length: int) -> Spans | None:
    """Pairs, or objects with start and end, as Parquet gives them; None for anything else."""
    if not isinstance(given, list):
        return None
    try:
        pairs = [(span["start"], span["end"]) if isinstance(span, dict) else tuple(span) for span in given]
        if all(
            type(start) is int and type(end) is int and 0 <= start <= end <= length for start, end in pairs
        ):
            return merged(pairs)
    except (TypeError, ValueError, KeyError):
        pass
    return None


def type_name(value: object) -> str:
    """A JSON value's type, in JSON's words."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)


def _is_short(value: object) -> bool:
    if isinstance(value, str):
        return len(value) < _SHORT
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and -(2**63) <= value < 2**63
