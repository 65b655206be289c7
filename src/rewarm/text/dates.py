"""Dates as documents and data sets write them, as ISO 8601 with the precision that they really have.

The result is a prefix of an ISO day: `2024`, `2024-03` or `2024-03-05`. A day or month that is not written
is never filled in, and `03/04/2024`, which two conventions read differently, is only a year. A time with a
zone is converted to the day in UTC; without a zone the day stays as written. Text order is date order for
dates of one precision, and `first_day` and `last_day` give the ends of the others.

Midnight of 1970-01-01 is what programs write for "no date", so it is none. Nothing here reads the clock:
the same text gives the same date in every run.
"""

import calendar
import math
import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

YEARS = range(1000, 2100)
PRECISION = {4: "year", 7: "month", 10: "day"}

_LONGEST = 100
# Digits of a year, a day, and a moment to the second; other numbers count from 1970.
_WRITTEN = (4, 8, 14)
# Zero of Unix time.
_NO_DATE = "1970-01-01"
# Seconds of Unix time that are read as such: from September 1973 (9 digits) to 2096.
_SECONDS = (10**8, 4 * 10**9)
_NAMES = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split("|"), 1)}
_MONTH = rf"(?P<name>{_NAMES})[a-z]{{0,6}}\.?"
_TIME = (
    r"(?:[T ]\s?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?"
    r"\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?"
)
_PATTERNS = tuple(
    re.compile(f"{pattern}$", re.I | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})",
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _TIME,
        r"(?P<year>\d{4})\s?年(?:\s?(?P<month>\d{1,2})\s?月(?:\s?(?P<day>\d{1,2})\s?[日号])?)?" + _TIME,
        r"(?:D:)?(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
        r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?:\d{2})?(?:Z(?:00'?00'?)?|(?P<zone>[+-]\d{2}(?:'?\d{2})?)'?)?)?",
        r"D:(?P<year>\d{4})(?P<month>\d{2})?",
        _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})" + _TIME,
        r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+" + _MONTH + r"[\s,-]+(?P<year>\d{4})" + _TIME,
        _MONTH + r",?\s+(?P<year>\d{4})",
    )
)
_EITHER_WAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[T ].{0,30})?$", re.ASCII)
_MAIL = re.compile(
    r"(?:\w{3},?\s)?\s?\d{1,2}[\s-]\w{3}[\s-]\d{2,4}\s|\w{3}\s\w{3}\s+\d{1,2}\s\d{2}:", re.ASCII
)


def iso(value: object) -> str | None:
    """The date of a field's or header's value; None where it is none.

    value: text, a `date` or `datetime`, or a number: a year, YYYYMMDD, or Unix time in seconds,
    milliseconds, microseconds or nanoseconds.
    """
    if isinstance(value, datetime):
        return _of_moment(value)
    if isinstance(value, date):
        return _checked(value.year, value.month, value.day)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _of_number(value)
    return _of_text(value) if isinstance(value, str) else None


def precision(found: str) -> str:
    """`year`, `month` or `day` of a date as `iso` gives it."""
    return PRECISION[len(found)]


def first_day(found: str) -> str:
    """The earliest day that a date may mean, YYYY-MM-DD."""
    return found + "-01-01"[len(found) - 4 :]


def last_day(found: str) -> str:
    """The latest day that a date may mean, YYYY-MM-DD."""
    if len(found) == 7:
        return f"{found}-{calendar.monthrange(int(found[:4]), int(found[5:]))[1]:02}"
    return found + "-12-31"[len(found) - 4 :]


def _of_number(value: int | float) -> str | None:
    if not math.isfinite(value):
        return None
    if value in YEARS:
        return f"{int(value):04}"
    if value == int(value) and 10**7 <= value < 10**8:
        return _of_text(str(int(value)))
    for unit in (1, 10**3, 10**6, 10**9):
        if _SECONDS[0] <= value / unit < _SECONDS[1]:
            return _of_moment(datetime.fromtimestamp(value / unit, UTC))
    return None


def _of_text(text: str) -> str | None:
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if text.isascii() and text.isdecimal() and len(text) not in _WRITTEN:
        return _of_number(int(text)) if len(text) < 20 else None
    for pattern in _PATTERNS:
        if match := pattern.match(text):
            return _of_parts(match.groupdict())
    if match := _EITHER_WAY.match(text):
        return _either_way(int(match[1]), int(match[3]), int(match[4]))
    if _MAIL.match(text):
        try:
            return _of_moment(parsedate_to_datetime(text))
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
    return None


def _of_parts(parts: dict[str, str | None]) -> str | None:
    year = int(parts["year"] or 0)
    name, number, day = parts.get("name"), parts.get("month"), parts.get("day")
    month = _MONTHS[name[:3].lower()] if name else int(number) if number else None
    if month is None or day is None:
        return _checked(year, month, None)
    zone = (parts.get("zone") or "").upper().replace("'", "").replace(":", "")
    if zone in ("", "Z", "UTC", "GMT"):
        return _checked(year, month, int(day))
    hour, minute = int(parts.get("hour") or 0), int(parts.get("minute") or 0)
    offset = zone if len(zone) == 5 else f"{zone}00"
    moment = f"{year:04}-{month:02}-{int(day):02} {hour:02}:{minute:02} {offset}"
    try:
        return _of_moment(datetime.strptime(moment, "%Y-%m-%d %H:%M %z"))
    except ValueError:  # no such hour or zone: the day may be right all the same
        return _checked(year, month, int(day))


def _of_moment(moment: datetime) -> str | None:
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    return _checked(moment.year, moment.month, moment.day)


def _either_way(first: int, second: int, year: int) -> str | None:
    """Month and day in an order that only their size may tell."""
    if max(first, second) > 31 or min(first, second) > 12:
        return None
    if first == second or max(first, second) > 12:
        return _checked(year, min(first, second), max(first, second))
    return _checked(year, None, None)


def _checked(year: int, month: int | None, day: int | None) -> str | None:
    if year not in YEARS:
        return None
    if month is None:
        return f"{year:04}"
    if not 1 <= month <= 12:
        return None
    if day is None:
        return f"{year:04}-{month:02}"
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    found = f"{year:04}-{month:02}-{day:02}"
    return None if found == _NO_DATE else found
