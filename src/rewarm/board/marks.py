"""What is marked on the curves of a run: stages, blocks and incidents, by update."""

from typing import Any

from rewarm.corpus.tables.incident_words import in_words
from rewarm.runs.run import Run
from rewarm.runs.training_log import TrainingLog


def plain(run: Run, log: TrainingLog | None) -> dict[str, Any]:
    """For the page. Stages and blocks have their first and last update; an incident is numbered from 0 in the
    order of the account."""
    return {
        "first_update": int(log.updates[0]) if log else 0,
        "last_update": int(log.updates[-1]) if log else 0,
        "stages": [
            {"name": name, "first": int(log.updates[first]), "last": int(log.updates[last - 1])}
            for name, first, last in log.stages
        ]
        if log
        else [],
        "blocks": [
            {"number": span.number, "stage": span.stage, "first": span.first, "last": span.updates - 1,
             "tokens": span.tokens, "file": span.file}
            for span in run.blocks
        ],
        "incidents": [
            {"number": number, "update": row["update"], "stage": row["stage"], "action": row["action"],
             "verdict": row["verdict"], "says": in_words(row), "documents": len(row["documents"])}
            for number, row in enumerate(run.incident_rows)
        ],
    }  # fmt: skip
