"""How a training runs: rate, gradient norm, speed, checkpoints, time remaining.

Curves are in buckets with the least and greatest value of each, so a single slow update is seen.
"""

import time
from typing import Any

import numpy as np

from rewarm.board.buckets import extremes
from rewarm.board.channel_curves import positions
from rewarm.board.run_view import State
from rewarm.runs.training_log import Floats, TrainingLog

# Of the last updates: the speed from which the time remaining follows.
_RECENT = 50
UNITS = {
    "rate": "",
    "grad_norm": "",
    "tokens_per_second": "tokens/s",
    "seconds": "s",
    "loss": "nats per token",
}


def columns(log: TrainingLog) -> dict[str, Floats]:
    """Name → float64 [n]; tokens_per_second counts the tokens with loss."""
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = log.scalars["tokens"] / log.scalars["seconds"]
    speed[~np.isfinite(speed)] = np.nan
    values = {name: log.scalars[name] for name in ("rate", "grad_norm", "seconds", "loss")}
    values["tokens_per_second"] = speed
    return {name: values[name] for name in UNITS}


def plain(state: State, first: int | None, last: int | None) -> dict[str, Any]:
    """For the page: curves over the updates `first` to `last`, and the values of the present."""
    log = state.log
    if log is None:
        return {"x": [], "series": [], "now": {}}
    begin, end = positions(log.updates, first, last)
    values = columns(log)
    at, found = extremes(np.stack(list(values.values())), begin, end)
    series = [
        {"label": name, "unit": UNITS[name], "y": found[row].astype(np.float32)}
        for row, name in enumerate(values)
    ]
    return {"x": log.updates[at], "series": series, "now": _now(state, log)}


def _now(state: State, log: TrainingLog) -> dict[str, Any]:
    run = state.run
    planned = run.blocks[-1].updates if run.blocks else None
    done = int(log.updates[-1]) + 1
    recent = log.scalars["seconds"][-_RECENT:]
    seconds = float(recent.mean())
    kept = run.states[-1] if run.states else None
    rest = max(0, planned - done) if planned is not None else None
    return {
        "updates": done,
        "planned": planned,
        "stage": log.stages[-1][0],
        "rate": float(log.scalars["rate"][-1]),
        "seconds_per_update": seconds,
        "tokens_per_second": float(log.scalars["tokens"][-_RECENT:].sum() / recent.sum())
        if recent.sum()
        else None,
        "seconds_remaining": 0 if run.record.finished or rest == 0 else rest * seconds if rest else None,
        "checkpoint_updates": kept.updates if kept else None,
        "checkpoint_seconds_ago": time.time() - kept.folder.stat().st_mtime if kept else None,
    }
