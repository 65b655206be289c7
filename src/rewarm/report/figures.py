"""Numbers as text in one format: `–` for a missing value, U+2212 as minus sign.

Three decimals of bits per byte: intervals over some hundred documents are wider than 0.001.
"""

from datetime import datetime
from math import isfinite

from rewarm.engine.durations import duration as duration

NONE = "–"


def count(value: float | None) -> str:
    """18204 as 18,204; `NONE` for None, NaN and infinity."""
    return NONE if value is None or not isfinite(value) else f"{value:,.0f}"


def plain(value: float, digits: int = 3) -> str:
    """2.3561 as 2.356; `NONE` for NaN and infinity."""
    return f"{value:,.{digits}f}".replace("-", "−") if isfinite(value) else NONE


def signed(value: float, digits: int = 3) -> str:
    """A change: always with its sign, except where it rounds to zero."""
    if not isfinite(value):
        return NONE
    rounded = round(value, digits)
    return f"{rounded:+,.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"


def between(low: float, high: float, join: str = " to ") -> str:
    """An interval of a change; empty when an end is missing."""
    return f"{signed(low)}{join}{signed(high)}" if isfinite(low) and isfinite(high) else ""


def percent(share: float) -> str:
    """0.905 as 90.5 %."""
    return f"{100 * share:.1f} %" if isfinite(share) else NONE


def moment(value: object) -> str:
    """A time of run.json, seconds since 1970 or ISO 8601, to the minute."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value).astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return str(value or NONE)[:16].replace("T", " ")


def visible(value: object) -> object:
    """Text with characters that a page or terminal would interpret replaced by U+FFFD.

    Escape sequences, direction overrides and lone surrogates are not printable, newline and tab stay.
    Values that are not text, and markup (with `__html__`), are returned unchanged.
    """
    if not isinstance(value, str) or hasattr(value, "__html__") or value.isprintable():
        return value
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in value)
