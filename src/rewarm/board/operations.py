"""How a training runs: rate, gradient norm, speed, memory, checkpoints, time remaining.

Curves are in buckets with the least and greatest value of each, so a single slow update is seen. Speed counts
the tokens of full sequences, as the plan does. Model FLOPs utilization (MFU; Chowdhery et al. 2022, appendix
B) counts the products of weights and leaves out attention, so it is a lower bound; it is known where the card
is.
"""

import time
from typing import Any

import numpy as np

from rewarm.board.buckets import extremes
from rewarm.board.channel_curves import positions
from rewarm.board.run_view import State
from rewarm.corpus.tables import metrics
from rewarm.plan import device_peaks
from rewarm.runs import training_speed
from rewarm.runs.run import Run
from rewarm.runs.training_log import Floats, TrainingLog

UNITS = {
    "rate": "", "grad_norm": "", "tokens_per_second": "tokens/s", "mfu": "", "seconds": "s",
    "data_seconds": "s", "peak_memory": "GB", "loss": "nats per token",
}  # fmt: skip


def columns(run: Run, log: TrainingLog) -> dict[str, Floats]:
    """Name → float64 [n], in the order of `UNITS`; those that the log does not have are left out."""
    values = {name: log.scalars[name] for name in ("rate", "grad_norm", "seconds", "data_seconds", "loss")}
    values["peak_memory"] = log.scalars["peak_memory"] / 1e9
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = _tokens(run, log) / log.scalars["seconds"]
    speed[~np.isfinite(speed)] = np.nan
    values["tokens_per_second"] = speed
    values["mfu"] = speed * _operations(run, log)
    kept = ("rate", "grad_norm", "tokens_per_second", "seconds", "loss")
    return {name: values[name] for name in UNITS if name in kept or np.isfinite(values[name]).any()}


def _tokens(run: Run, log: TrainingLog) -> Floats:
    """float64 [n]: tokens of full sequences; those with loss where the blocks are not there."""
    length_of = training_speed.sequence_lengths(run)
    if length_of is None:
        return log.scalars["tokens"]
    lengths = np.concatenate([np.full(last - first, length_of[stage]) for stage, first, last in log.stages])
    tokens: Floats = log.scalars["sequences"] * lengths
    return tokens


def _operations(run: Run, log: TrainingLog) -> Floats:
    """float64 [n]: operations of a token over the peak of all cards, NaN where the card is not known."""
    shares = np.full(len(log.updates), np.nan)
    path = run.training / "_sessions.jsonl" if run.training else None
    for session in metrics.lines(path) if path else ():
        peak = device_peaks.peak(session.get("device_name") or "")
        share = session["token_operations"] / (peak * 1e12 * session["ranks"]) if peak else np.nan
        shares[log.updates >= session["update"]] = share
    return shares


def plain(state: State, first: int | None, last: int | None) -> dict[str, Any]:
    """For the page: curves over the updates `first` to `last`, and the values of the present."""
    log = state.log
    if log is None:
        return {"x": [], "series": [], "now": {}}
    begin, end = positions(log.updates, first, last)
    values = columns(state.run, log)
    at, found = extremes(np.stack(list(values.values())), begin, end)
    series = [
        {"label": name, "unit": UNITS[name], "y": found[row].astype(np.float32)}
        for row, name in enumerate(values)
    ]
    return {"x": log.updates[at], "series": series, "now": _now(state, log)}


def _now(state: State, log: TrainingLog) -> dict[str, Any]:
    run = state.run
    done = int(log.updates[-1]) + 1
    stage, first, last = log.stages[-1]
    seconds = log.scalars["seconds"][first:last]
    speed = training_speed.tokens_per_second(_tokens(run, log)[first:last], seconds)
    tokens = training_speed.planned_tokens(run, done)
    left = tokens[1] - tokens[0] if tokens else None
    kept = run.states[-1] if run.states else None
    return {
        "updates": done,
        "planned": run.blocks[-1].updates if run.blocks else None,
        "stage": stage,
        "rate": float(log.scalars["rate"][-1]),
        "seconds_per_update": float(seconds[-training_speed.RECENT :].mean()),
        "tokens_per_second": speed,
        "seconds_remaining": training_speed.seconds_left(left, speed),
        "checkpoint_updates": kept.updates if kept else None,
        "checkpoint_seconds_ago": max(0.0, time.time() - kept.folder.stat().st_mtime) if kept else None,
    }
