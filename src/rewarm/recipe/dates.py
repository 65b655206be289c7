"""Dates of documents: which a source has, and the cut-off (`docs/dates.md`)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from rewarm.recipe.part import Part

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$", re.ASCII)


def _as_text(value: object) -> object:
    """YAML reads 2024-03-05 as a date and 2024 as a number."""
    return str(value) if isinstance(value, date | int) and not isinstance(value, bool) else value


def _or_one_of(*words: str) -> Callable[[str], str]:
    """A check that a value is a date or one of these words."""

    def check(value: str) -> str:
        match = _ISO.match(value)
        try:
            if value in words:
                return value
            if match is None:
                raise ValueError
            date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
        except ValueError:
            forms = ", ".join([*words, "a year"])
            raise ValueError(f"is not a date; write {forms}, 2024-03 or 2024-03-05") from None
        return value

    return check


Day = Annotated[str, BeforeValidator(_as_text), AfterValidator(_or_one_of())]
"""A year, month or day in ISO 8601."""
Since = Annotated[str, BeforeValidator(_as_text), AfterValidator(_or_one_of("auto"))]
Undated = Literal["keep", "drop"]


class SourceDate(Part):
    """Where the documents of a source have their date, and a cut-off of its own."""

    field: str | None = None
    """The field with the date, a dotted path; without it the usual names are tried (`data/collect/dates.py`),
    and what the format itself says: a PDF's creation, a page's metadata, a mail's header."""
    default: Day | None = None
    """The date of documents that have none, such as the day on which the data set was published."""
    since: Annotated[str, BeforeValidator(_as_text), AfterValidator(_or_one_of("auto", "none"))] | None = None
    """As `collect.since`, for this source alone; `none` takes it out of the cut-off. Texts whose age is no
    fault, such as statutes in force, need that."""
    until: Annotated[str, BeforeValidator(_as_text), AfterValidator(_or_one_of("none"))] | None = None
    """As `collect.until`, for this source alone."""
    undated: Undated | None = None
    """As `collect.undated`, for this source alone."""
