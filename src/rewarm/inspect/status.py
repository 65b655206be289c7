"""The status of runs as lines: all of it for one run, a table for several."""

from dataclasses import asdict
from typing import Any

from rewarm.engine.durations import duration
from rewarm.plan.figure import big
from rewarm.runs.status import Status
from rewarm.runs.training_status import TrainingStatus

_WIDTH = 12


def lines(found: list[Status]) -> list[str]:
    """One run in full, several as a table."""
    return _of_one(found[0]) if len(found) == 1 else _table(found)


def plain(found: list[Status]) -> dict[str, Any]:
    """For `--json`: the same object for one run and for many."""
    return {"runs": [asdict(status) for status in found]}


def _of_one(status: Status) -> list[str]:
    rows = [("state", _state(status))]
    if status.steps:
        place = f"{min(status.done + 1, status.steps)} of {status.steps}"
        finished = status.state == "finished"
        rows.append(("steps", f"{status.done} of {status.steps} done") if finished else
                    ("step", f"{status.step} ({place})"))  # fmt: skip
    if status.training:
        rows += _training(status.training, running=status.state == "running")
    rows.append(("disk", f"{big(status.disk_bytes)}B"))
    rows += [(name, path) for name, path in (("log", status.log), ("report", status.report)) if path]
    title = f"{status.name} {status.variant}".strip()
    return [f"{title}   {status.run}", *(f"{name:<{_WIDTH}}{text}" for name, text in rows)]


def _state(status: Status) -> str:
    where = f"process {status.process} on {status.host}" if status.process else ""
    if status.state == "running":
        silent = f", last output {duration(status.silent_seconds or 0)} ago"
        return f"running   {where} since {status.started}{silent}"
    if status.state == "killed":
        return f"not running: {where} ended without a message (killed?). The same command continues"
    until = f" up to {status.until}" if status.until and status.state == "finished" else ""
    ended = f"   {status.ended}" if status.ended else ""
    return f"{status.state}{until}{ended}" + (f"   {status.message}" if status.message else "")


def _training(training: TrainingStatus, *, running: bool) -> list[tuple[str, str]]:
    share = 100 * training.updates / training.updates_planned
    done = f"{training.updates:,} of {training.updates_planned:,} ({share:.0f} %)   stage {training.stage}"
    rows = [("updates", done)]
    tokens = f"{training.tokens:,} of {training.tokens_planned:,}"
    if training.tokens_per_second:
        tokens += f"   {training.tokens_per_second:,.0f} tokens/s"
    rows.append(("tokens", tokens))
    if running and training.seconds_left:
        rows.append(("time left", f"{duration(training.seconds_left)} of training"))
    for loss in training.losses:
        moved = " → ".join("–" if nats is None else f"{nats:.3f}" for nats in (loss.first, loss.last))
        rows.append(("loss", f"{loss.axis}={loss.value}   {moved} nats/token"))
    if training.losses:
        rows[-1] = (rows[-1][0], f"{rows[-1][1]}   (first and last {training.loss_updates} updates)")
    for change in training.heldout:
        kind = "domain" if change.domain else "retained"
        text = f"{change.source} ({kind})   {change.change:+.3f} bits/byte at update {change.updates:,}"
        rows.append(("held out", text))
    if training.checkpoint_update is not None:
        age = duration(training.checkpoint_seconds or 0)
        rows.append(("checkpoint", f"update {training.checkpoint_update:,}, {age} ago"))
    said = f"   last: {training.last_incident}" if training.last_incident else ""
    return [*rows, ("incidents", f"{training.incidents:,}{said}")]


def _table(found: list[Status]) -> list[str]:
    head = ("run", "state", "step", "updates", "tokens/s", "left", "incidents")
    rows = [head, *(_row(status) for status in found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    said = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    failed = [f"{one.run}: {one.message}" for one in found if one.state == "failed"]
    return [line.rstrip() for line in said] + failed


def _row(status: Status) -> tuple[str, ...]:
    training, running = status.training, status.state == "running"
    step = f"{status.step} {status.done}/{status.steps}" if status.steps else "–"
    if training is None:
        return (status.run, status.state, step, "–", "–", "–", "–")
    speed = f"{training.tokens_per_second:,.0f}" if training.tokens_per_second else "–"
    left = duration(training.seconds_left) if running and training.seconds_left else "–"
    updates = f"{training.updates:,}/{training.updates_planned:,}"
    return (status.run, status.state, step, updates, speed, left, f"{training.incidents:,}")
