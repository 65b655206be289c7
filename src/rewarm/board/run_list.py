"""The list of runs: a row for each, from small files only, so that a folder of hundreds is listed at once."""

import time
from pathlib import Path
from typing import Any

from rewarm.board import last_update
from rewarm.board.run_view import RunView
from rewarm.errors import RewarmError
from rewarm.report.verdict import judge
from rewarm.runs.run import Run

COLUMNS = (
    "name",
    "state",
    "updates",
    "planned",
    "stage",
    "loss",
    "domain_change",
    "worse",
    "incidents",
    "changed",
)


def row(name: str, view: RunView) -> dict[str, Any]:
    """A row, values by column; `error` for a run that cannot be read. changed: seconds since 1970 of the last
    change; domain_change: bits per byte on held-out text, None before the evaluation."""
    empty: dict[str, Any] = dict.fromkeys(COLUMNS)
    try:
        run = view.state.run
        verdict = judge(run) if run.evaluation[0] else None
        return {
            **empty, **_progress(run), "name": name, "error": None,
            "domain_change": verdict.domain.change_bits if verdict and verdict.domain else None,
            "worse": bool(verdict.worse) if verdict else None,
            "incidents": len(run.incident_rows),
            "planned": run.blocks[-1].updates if run.blocks else None,
        }  # fmt: skip
    except (RewarmError, OSError, ValueError, KeyError) as error:
        return {**empty, "name": name, "state": "unreadable", "error": str(error) or type(error).__name__}


def _progress(run: Run) -> dict[str, Any]:
    last = last_update.read(run.training) if run.training else None
    changed = _changed(run)
    state = "finished" if run.record.finished else "unfinished"
    if (
        state == "unfinished"
        and changed
        and last
        and time.time() - changed < max(120.0, 20 * last["seconds"])
    ):
        state = "training"
    return {
        "state": state,
        "updates": last["update"] + 1 if last else 0,
        "stage": last["stage"] if last else None,
        "loss": last["loss"] if last else None,
        "changed": changed,
    }


def _changed(run: Run) -> float | None:
    folder = run.training
    paths: list[Path] = [run.path / "run.json"]
    paths += [folder / name for name in ("metrics.jsonl", "_metrics", "metrics")] if folder else []
    return max((path.stat().st_mtime for path in paths if path.exists()), default=None)
