"""Dates of documents: which a source has, and the cut-off (`docs/dates.md`)."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from rewarm.recipe.part import Part

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)


def _as_text(value: Any) -> Any:
    """YAML reads 2024-03-05 as a date and 2024 as a number."""
    return str(value) if isinstance(value, date | int) and not isinstance(value, bool) else value


def _checked(value: str) -> str:
    match = _ISO.match(value)
    try:
        if match is None:
            raise ValueError
        date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        raise ValueError(f"{value!r} is no date; write a year, 2024-03 or 2024-03-05") from None
    return value


Day = Annotated[str, BeforeValidator(_as_text), AfterValidator(_checked)]
"""A year, month or day in ISO 8601."""
_Auto = Annotated[Literal["auto", "none"], BeforeValidator(_as_text)]
Undated = Literal["keep", "drop"]


class SourceDate(Part):
    """Where the documents of a source have their date, and a cut-off of its own."""

    field: str | None = None
    """The field with the date, a dotted path; without it the usual names are tried (`data/collect/dates.py`),
    and what the format itself says: a PDF's creation, a page's metadata, a mail's header."""
    default: Day | None = None
    """The date of documents that have none, such as the day on which the data set was published."""
    since: _Auto | Day | None = None
    """As `collect.since`, for this source alone; `none` takes it out of the cut-off. Texts whose age is no
    fault, such as statutes in force, need that."""
    until: Literal["none"] | Day | None = None
    """As `collect.until`, for this source alone."""
    undated: Undated | None = None
    """As `collect.undated`, for this source alone."""
