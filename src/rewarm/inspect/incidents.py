"""The incidents of a run: evidence, action taken, documents involved."""

from typing import Any

from rewarm.corpus.tables.incident_words import in_words
from rewarm.errors import RewarmError
from rewarm.runs import history
from rewarm.runs.run import Run


def incidents(run: Run) -> list[dict[str, Any]]:
    """The incidents of a run, finished or not, in order.

    Rows of `incidents.jsonl` with `said`, the row as text, and documents with source, origin and excerpt.

    Raises RewarmError before training has started.
    """
    if run.training is None:
        raise RewarmError(f"{run.path}: training has not started yet")
    rows = run.incident_rows
    known = history.known(run.steps, {part["id"] for row in rows for part in row["documents"]})
    rows_with_documents: list[dict[str, Any]] = []
    for row in rows:
        parts = []
        for part in row["documents"]:
            document = known[part["id"]]
            parts.append(
                {**part, "source": document.source, "origin": document.origin, "excerpt": document.excerpt}
            )
        rows_with_documents.append({**row, "documents": parts, "said": in_words(row)})
    return rows_with_documents


def lines(found: list[dict[str, Any]]) -> list[str]:
    """Lines for a terminal; excerpts are not escaped: the caller does that."""
    said = []
    for row in found:
        said.append(row["said"])
        for part in row["documents"]:
            said.append(
                f"  {part['id']}  {part['source']:<14} {part['nats_per_token']} nats/token  {part['origin']}"
            )
            said.append(f"  {'':<20}  {part['excerpt']}")
    return said or ["no incidents"]
