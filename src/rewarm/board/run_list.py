"""The list of runs: a row for each, from small files only, so that a folder of hundreds is listed at once.

The state is that of `rewarm status` (`runs/status.py`). A run that has not finished a step yet has no record,
only `activity.json`.
"""

from pathlib import Path
from typing import Any

from rewarm.board import last_update
from rewarm.board.run_view import RunView
from rewarm.corpus.tables import activity
from rewarm.errors import RewarmError
from rewarm.report.verdict import judge
from rewarm.runs.run import Run
from rewarm.runs.status import state_of

COLUMNS = (
    "name", "state", "message", "step", "updates", "planned", "stage", "loss", "domain_change", "worse",
    "incidents", "changed",
)  # fmt: skip


def row(name: str, view: RunView) -> dict[str, Any]:
    """A row, values by column; `error` for a run that cannot be read. changed: seconds since 1970 of the last
    change; domain_change: bits per byte on held-out text, None before the evaluation; message: why it failed
    or stopped."""
    found: dict[str, Any] = {**dict.fromkeys(COLUMNS), "name": name, "error": None, "has_record": False}
    known = activity.read(view.path)
    try:
        recorded = (view.path / "run.json").exists()
        run = view.state.run if recorded else None
        state = state_of(known, finished=bool(run and run.record.finished))
        found |= {"state": state, "step": known.step if known else None, "changed": _changed(view.path, run)}
        found["message"] = known.message if known and known.state == state else None
        return found | (_of_run(run) if run else {})
    except (RewarmError, OSError, ValueError, KeyError) as error:
        return {**found, "state": "unreadable", "error": str(error) or type(error).__name__}


def _of_run(run: Run) -> dict[str, Any]:
    last = last_update.read(run.training) if run.training else None
    verdict = judge(run) if run.evaluation[0] else None
    return {
        "has_record": True,
        "updates": last["update"] + 1 if last else 0,
        "planned": run.blocks[-1].updates if run.blocks else None,
        "stage": last["stage"] if last else None,
        "loss": last["loss"] if last else None,
        "domain_change": verdict.domain.change_bits if verdict and verdict.domain else None,
        "worse": bool(verdict.worse) if verdict else None,
        "incidents": len(run.incident_rows),
    }


def _changed(folder: Path, run: Run | None) -> float | None:
    training = run.training if run else None
    paths: list[Path] = [folder / "run.json", folder / activity.NAME]
    paths += [training / name for name in ("metrics.jsonl", "_metrics", "metrics")] if training else []
    return max((path.stat().st_mtime for path in paths if path.exists()), default=None)
