"""Seconds in words, as every part of rewarm prints them."""

from math import isfinite


def duration(seconds: float) -> str:
    """4000 as 1 h 07 min, from two days on as 2.5 days; `–` where it is not finite."""
    if not isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes < 2 * 1440 else f"{minutes / 1440:.3g} days"
