"""The incidents of a run: what was seen, what was done, and which documents did it."""

from typing import Any

from rewarm.corpus.tables.incident_words import in_words
from rewarm.errors import RewarmError
from rewarm.runs import history
from rewarm.runs.run import Run


def incidents(run: Run) -> list[dict[str, Any]]:
    """The account of a run that is finished or not, in order: rows of `incidents.jsonl` with `said` (in
    words), their documents with source, origin and excerpt.

    Raises RewarmError when the run has not begun to train.
    """
    if run.training is None:
        raise RewarmError(f"{run.path}: has not begun to train")
    rows = run.incident_rows
    known = history.known(run.steps, {part["id"] for row in rows for part in row["documents"]})
    found: list[dict[str, Any]] = []
    for row in rows:
        parts = []
        for part in row["documents"]:
            one = known[part["id"]]
            parts.append({**part, "source": one.source, "origin": one.origin, "excerpt": one.excerpt})
        found.append({**row, "documents": parts, "said": in_words(row)})
    return found


def lines(found: list[dict[str, Any]]) -> list[str]:
    """The rows of `incidents` for a terminal; excerpts as they are, for the caller to make safe."""
    said = []
    for row in found:
        said.append(row["said"])
        for part in row["documents"]:
            said.append(
                f"  {part['id']}  {part['source']:<14} {part['nats_per_token']} nats/token  {part['origin']}"
            )
            said.append(f"  {'':<20}  {part['excerpt']}")
    return said or ["no incidents"]
