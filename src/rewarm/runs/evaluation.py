"""What `rewarm evaluate` wrote in a run: tasks, verdict, items and documents that changed."""

import json
from dataclasses import dataclass
from typing import Any

from rewarm.corpus.tables import task_results
from rewarm.corpus.tables.task_results import TaskResult
from rewarm.runs.run import Run

FOLDER = "evaluation"
# Examples that a reader looks at.
_MOST = 5


@dataclass(frozen=True)
class RunEvaluation:
    """tasks: a row each; verdict: `verdict.json`; items: of each task some that were lost and some that were
    gained; documents: `lost` and `gained`, with text."""

    tasks: list[TaskResult]
    verdict: dict[str, Any]
    items: dict[str, list[dict[str, Any]]]
    documents: dict[str, list[dict[str, Any]]]


def read(run: Run) -> RunEvaluation | None:
    """None where `rewarm evaluate` has not been run, or was stopped before its end."""
    folder = run.path / FOLDER
    if not (folder / "verdict.json").exists():
        return None
    tasks, _ = task_results.read(folder / "tasks.json")
    items: dict[str, list[dict[str, Any]]] = {}
    for line in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kept = items.setdefault(row["task"], [])
        if sum(one["change"] == row["change"] for one in kept) < _MOST:
            kept.append(row)
    channels = json.loads((folder / "channels.json").read_text(encoding="utf-8"))
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return RunEvaluation(tasks, verdict, items, channels.get("documents", {}))
