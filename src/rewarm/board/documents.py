"""From an incident to its documents, and the history of a document."""

from dataclasses import asdict
from typing import Any

from rewarm.board.query import NotThere
from rewarm.corpus.tables.incident_words import in_words
from rewarm.runs import history
from rewarm.runs.run import Run

_TEXT = 4000  # characters of a document that are shown
_USES = 200  # parts of a document in training that are listed


def incident(run: Run, number: int) -> dict[str, Any]:
    """An incident with its alarms and documents, each with its source, origin and start.

    Raises NotThere when the run has no such incident.
    """
    rows = run.incident_rows
    if number >= len(rows):
        raise NotThere(
            f"incident: {run.path} has {len(rows)} incidents, counted from 0; {number} was asked for"
        )
    row = rows[number]
    known = history.known(run.steps, {part["id"] for part in row["documents"]})
    documents = []
    for part in row["documents"]:
        found = known.get(part["id"], history.Known("", "", ""))
        documents.append({**part, "source": found.source, "origin": found.origin, "excerpt": found.excerpt})
    return {**row, "number": number, "says": in_words(row), "documents": documents}


def document(run: Run, identity: str) -> dict[str, Any]:
    """What `rewarm explain` shows of a document: origin, decisions, uses in training, text.

    Raises RewarmError when no document, or several, have an ID that begins so.
    """
    found = asdict(run.explain(identity))
    uses = found["trained"]
    return {
        **found, "text": found["text"][:_TEXT], "cut": len(found["text"]) > _TEXT, "trained": uses[:_USES],
        "uses": len(uses),
    }  # fmt: skip
