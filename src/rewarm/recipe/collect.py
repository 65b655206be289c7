"""Settings of the step `collect`."""

from typing import Literal

from rewarm.recipe.dates import Day, Since, Undated
from rewarm.recipe.parse import Parse
from rewarm.recipe.part import Count, Part

Signal = Literal["noai", "noimageai", "tdm-reserved"]


class Rights(Part):
    """Reservations of use that publishers state in their pages (`docs/dates.md`)."""

    drop: list[Signal] = []
    """Drop documents whose publisher reserves these uses. By default signals are recorded and counted only:
    which of them bind depends on the country and the purpose, which rewarm cannot know."""


class Collect(Part):
    """Read the sources into documents: what counts as a bad record, which dates are kept."""

    on_bad_record: Literal["skip", "stop"] = "skip"
    """`skip` lists the record in the ledger and counts it: one bad line should not end a long run."""
    max_record_bytes: Count = 16 * 2**20
    """Longer lines or files are bad records: a book has about 1 MB, a 50 MB line is a broken dump."""
    since: Since | None = None
    """Drop documents that are dated before; a date that only may lie before stays. `auto` is six months
    before the base model's release: corpora published later are usually cleaner or enriched versions of
    earlier ones, which the base has seen."""
    until: Day | None = None
    """Drop documents that are dated after."""
    undated: Undated = "keep"
    """What happens to documents without a date where a cut-off is set: most text has none, so dropping it is
    a decision about the corpus."""
    rights: Rights = Rights()
    parse: Parse = Parse()
    """Limits for documents: PDF, Office files, web pages, mail, archives (docs/parsing.md)."""
