"""Settings of the step `collect`."""

from typing import Literal

from rewarm.recipe.parse import Parse
from rewarm.recipe.part import Count, Part


class Collect(Part):
    on_bad_record: Literal["skip", "stop"] = "skip"
    """`skip` lists it in the ledger and counts it: one bad line should not cost a night's run."""
    max_record_bytes: Count = 16 * 2**20
    """Longer lines or files are bad records: a book has about 1 MB, a 50 MB line is a broken dump."""
    parse: Parse = Parse()
    """Limits for documents: PDF, Office files, web pages, mail, archives (docs/parsing.md)."""
