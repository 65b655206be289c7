"""`tasks.json` of an evaluation: base against result, a row a task. `evaluate/compare` writes it.

A row's fields are those of `TaskResult`; intervals are [low, high], null where unknown.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from math import nan
from pathlib import Path
from typing import Any, Literal

from rewarm.engine.publish import writing

Outcome = Literal["learned", "gained", "retained", "forgotten", "got worse", "not measurable"]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task. Accuracies are shares; `adjusted`: (accuracy - chance) / (1 - chance); change: result - base,
    with its interval and the p value of the mid-p McNemar test before and after Holm's correction over tasks;
    bits: bits per byte of the gold answers, their change negative if better; noise: standard deviation of the
    accuracy over the last checkpoints, NaN where unknown; visible: the change that so many items show;
    lost, gained: IDs of items that changed to wrong and to right."""

    task: str
    form: str
    items: int
    chance: float
    base: float
    result: float
    base_adjusted: float
    result_adjusted: float
    change: float
    low: float
    high: float
    p: float
    p_adjusted: float
    bits_base: float
    bits_result: float
    bits_change: float
    bits_low: float
    bits_high: float
    noise: float = nan
    bits_noise: float = nan
    visible: float = nan
    outcome: Outcome = "not measurable"
    why: str = ""
    domain: bool = False
    needs: str = ""
    cut: int = 0
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)


def plain(row: TaskResult) -> dict[str, Any]:
    """The row for JSON: null for NaN."""
    return {name: None if value != value else value for name, value in asdict(row).items()}


def write(path: Path, rows: list[TaskResult], about: dict[str, Any]) -> None:
    """Write `tasks.json`. about: models and settings."""
    with writing(path) as aside:
        content = {**about, "tasks": [plain(row) for row in rows]}
        aside.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")


def read(path: Path) -> tuple[list[TaskResult], dict[str, Any]]:
    """The rows, and what else the file holds."""
    found = json.loads(path.read_text(encoding="utf-8"))
    names = {one.name for one in fields(TaskResult)}
    rows = []
    for row in found.pop("tasks"):
        values: dict[str, Any] = {name: nan if row[name] is None else row[name] for name in names & set(row)}
        rows.append(TaskResult(**values))
    return rows, found
