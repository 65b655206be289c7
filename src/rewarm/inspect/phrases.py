"""The phrases of a run that `phrases` found, those first that cost most."""

from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq

from rewarm.errors import RewarmError
from rewarm.runs.run import Run

_SHOWN = ("source", "phrase", "documents", "share", "log_odds", "chars", "verdict", "examples")


def phrases(run: Run, most: int) -> list[dict[str, Any]]:
    """Up to `most` rows: source, phrase, documents, share, log_odds (None: nothing to compare with), chars

    that capping takes or would take, verdict (`cap`, `report` or `allowed`), examples (ids of documents).
    Raises RewarmError for a run without the step.
    """
    path = run.file("phrases", "phrases.parquet")
    if path is None:
        raise RewarmError(f"{run.path}: has no step phrases yet; rewarm run RECIPE --until phrases makes it")
    found: list[dict[str, Any]] = pq.read_table(path, columns=list(_SHOWN)).slice(0, most).to_pylist()
    return found


def lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """The rows of `phrases` for a terminal; texts from anywhere, to be escaped where they are shown."""
    for row in found:
        odds = "" if row["log_odds"] is None else f" · log-odds {row['log_odds']:.1f}"
        yield (
            f"{row['source']}: {row['documents']:,} documents ({row['share']:.0%}){odds} · {row['verdict']}, "
            f"{row['chars']:,} characters · as in {', '.join(row['examples'])}"
        )
        yield f"    {' '.join(row['phrase'].split())[:300]}"
    if not found:
        yield "no phrase is over-frequent"
