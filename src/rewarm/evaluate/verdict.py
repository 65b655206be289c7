"""The verdict of an evaluation: what was learned, retained, forgotten, and what could not be measured.

A channel is judged by its change in bits per byte and the interval over documents, a task as in
`compare/tasks.py`. For every loss the verdict says whether an anneal with the missing kind of data would
likely repair it: yes if gold answers are as likely as under the base, so that only their form suffers, or if
the anneal lacked the data that the ability comes from.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rewarm.corpus.tables.task_results import Outcome, TaskResult
from rewarm.errors import RewarmError
from rewarm.statistics.outcome import LEARN

# Bits per byte: a general channel that changed by less counts as retained.
TOLERANCE = 0.01
# Gold answers that cost no more than this are still known.
_KNOWN = 0.03
_USUAL_NATS = (1.0, 2.0)
_LARGE = 1_000_000_000
_CONDITION = re.compile(
    r"\s*(forgetting|lost_tasks|learning|lost_items)\s*(>|<|>=|<=)\s*(-?\d+(?:\.\d+)?)\s*"
)


class FailOn(RewarmError):
    """The condition of `--fail-on` holds: the text says which, and by how much."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One channel or task. kind: `channel` or `task`; change: of a channel in bits per byte (negative is
    better), of a task in accuracy (positive is better); why: the reason; repair: whether an anneal would
    likely repair a loss, with the reason, empty for no loss."""

    kind: str
    name: str
    outcome: Outcome
    change: float | None
    low: float | None
    high: float | None
    why: str
    repair: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """lines: channels, then tasks; notes: warnings about the numbers."""

    lines: list[Line]
    notes: list[str] = field(default_factory=list)

    def of(self, *outcomes: Outcome) -> list[Line]:
        """Lines with one of these outcomes."""
        return [line for line in self.lines if line.outcome in outcomes]

    def plain(self) -> dict[str, Any]:
        """`verdict.json`: lines by outcome, notes, and the figures that `--fail-on` reads."""
        return {
            "learned": [asdict(line) for line in self.of("learned", "gained")],
            "retained": [asdict(line) for line in self.of("retained")],
            "forgotten": [asdict(line) for line in self.of("forgotten", "got worse")],
            "not_measurable": [asdict(line) for line in self.of("not measurable")],
            "notes": self.notes,
            "figures": self.figures(),
        }

    def figures(self) -> dict[str, float]:
        """forgetting: the largest rise of a retained channel in bits per byte, 0 if none rose; learning: the
        domain's fall; lost_tasks: tasks that were forgotten or got worse."""
        channels = [line for line in self.lines if line.kind == "channel" and line.change is not None]
        domain = [
            -line.change for line in channels if line.name == f"task {LEARN}" and line.change is not None
        ]
        rises = [line.change for line in channels if line.name != f"task {LEARN}" and line.change is not None]
        lost = [line for line in self.of("forgotten", "got worse") if line.kind == "task"]
        return {
            "forgetting": max([0.0, *rises]),
            "learning": domain[0] if domain else 0.0,
            "lost_tasks": float(len(lost)),
        }


def judge(
    channels: Sequence[Mapping[str, Any]],
    tasks: Sequence[TaskResult],
    *,
    anneal: Sequence[str] | None = None,
    parameters: int = 0,
    notes: Sequence[str] = (),
) -> Verdict:
    """The verdict.

    channels: those of the axis `task` of channels.json, and other axes if a caller wants them judged; anneal:
    kinds of data (values of the axis task) in the last stage, None if unknown; parameters: of the result.
    """
    lines = [_channel(row) for row in channels]
    lines += [_task(row, anneal) for row in tasks]
    return Verdict(lines, [*notes, *_unusual(channels, parameters)])


def fail_on(condition: str, verdict: Verdict) -> None:
    """Raise FailOn if the condition holds, as `forgetting>0.01`.

    Raises RewarmError for a condition that is not understood, or that nothing was measured for.
    """
    parts = _CONDITION.fullmatch(condition)
    figures = verdict.figures()
    if not parts or parts[1] not in figures:
        raise RewarmError(
            f"--fail-on: {condition!r} is not understood; give a figure ({', '.join(figures)}), > or <, "
            "and a number, as in forgetting>0.01"
        )
    name, sign, limit = parts[1], parts[2], float(parts[3])
    kind = "task" if name == "lost_tasks" else "channel"
    if not any(line.kind == kind and line.change is not None for line in verdict.lines):
        raise RewarmError(f"--fail-on: {name} was not measured: the evaluation has no {kind}")
    value = figures[name]
    if {">": value > limit, "<": value < limit, ">=": value >= limit, "<=": value <= limit}[sign]:
        raise FailOn(f"--fail-on {condition.strip()}: {name} is {value:.4f}")


def lines(verdict: Verdict) -> list[str]:
    """For the terminal: a line a channel and task, by outcome."""
    shown = []
    width = max([26, *(len(line.name) for line in verdict.lines)]) + 2
    groups: tuple[tuple[Outcome, ...], ...] = (
        ("learned", "gained"), ("retained",), ("forgotten", "got worse"), ("not measurable",),
    )  # fmt: skip
    for outcomes in groups:
        for line in verdict.of(*outcomes):
            unit = "bits per byte" if line.kind == "channel" else "accuracy"
            change = "" if line.change is None else f"{line.change:+.3f} {unit}"
            interval = "" if line.low is None else f" ({line.low:+.3f} … {line.high:+.3f})"
            shown.append(
                f"{line.outcome:<15}{line.name:<{width}}{change}{interval}   {line.why}".replace(
                    "-", "−"
                ).rstrip()
            )
            if line.repair:
                shown.append(f"{'':<15}{'':<{width}}{line.repair}")
    return shown + [f"note           {note}" for note in verdict.notes]


def _channel(row: Mapping[str, Any]) -> Line:
    change, low, high = (row["change"][key] for key in ("bits_per_byte", "low", "high"))
    name = f"{row['axis']} {row['value']}"
    domain = row["axis"] == "task" and row["value"] == LEARN
    outcome: Outcome = "not measurable"
    why = f"{row['documents']} documents"
    if low is None or high is None:
        return Line("channel", name, outcome, change, low, high, f"{why} are too few for an interval")
    if high < 0:
        outcome = "learned" if domain else "gained"
    elif low > (0 if domain else TOLERANCE):
        outcome = "got worse" if domain else "forgotten"
    elif domain:
        why += ": the interval includes no change"
    elif high <= TOLERANCE:
        outcome = "retained"
    else:
        why += f": the interval reaches beyond +{TOLERANCE:g} and does not exclude it"
    return Line("channel", name, outcome, change, low, high, why)


def _task(row: TaskResult, anneal: Sequence[str] | None) -> Line:
    repair = _repair(row, anneal) if row.outcome in ("forgotten", "got worse") else ""
    change, low, high = (None if value != value else value for value in (row.change, row.low, row.high))
    return Line("task", row.task, row.outcome, change, low, high, row.why, repair)


def _repair(row: TaskResult, anneal: Sequence[str] | None) -> str:
    known = row.form == "cloze" and row.bits_change < _KNOWN
    if row.needs and anneal is not None and row.needs not in anneal:
        return (
            f"an anneal with {row.needs} would likely repair it: the ability comes from such data, and the "
            f"last stage had {', '.join(anneal) or 'no labelled data'} only"
        )
    if known:
        return (
            "an anneal with instruction data would likely repair it: gold answers are as likely as under "
            f"the base ({row.bits_change:+.3f} bits per byte), so the answer's form suffered, not knowledge"
        )
    if row.needs and anneal is not None:
        return f"an anneal may not repair it: the last stage had {row.needs} already; use more replay"
    return (
        "not known to be repaired by an anneal: gold answers became less likely; use more replay of such text"
    )


def _unusual(channels: Sequence[Mapping[str, Any]], parameters: int) -> list[str]:
    low, high = _USUAL_NATS
    return [
        f"task {row['value']}: {row['after']['nats']:.2f} nats per token is outside of {low:g} to {high:g}, "
        "usual for general text and models above 1B: check the text's encoding and the tokenizer"
        for row in channels
        if parameters > _LARGE
        and row["axis"] == "task"
        and row["value"] != LEARN
        and row["after"]["nats"] is not None
        and not low <= row["after"]["nats"] <= high
    ]
