"""How far a training is, how fast, and how its losses moved, from the log on disk.

Losses are those of training, over the first and the last updates: ratios of sums, and of different texts.
The held-out losses of the forgetting guard are added when it has measured some. Time left counts the tokens
of the updates that remain, at the speed of the last ones; checkpoints and evaluations come on top.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables import metrics
from rewarm.corpus.tables.incident_words import in_words
from rewarm.corpus.tables.leaves import Leaf, grouped, in_reading_order
from rewarm.runs import training_speed
from rewarm.runs.run import Run

_UPDATES = 10  # for a loss: one update of a small source is mostly noise


@dataclass(frozen=True, slots=True)
class ChannelLoss:
    """Training loss of a channel in nats per token over the first and the last updates; None without
    tokens."""

    axis: str
    value: str
    first: float | None
    last: float | None


@dataclass(frozen=True, slots=True)
class HeldoutChange:
    """Bits per byte of held-out documents against the base, after some updates; negative is better."""

    source: str
    updates: int
    change: float
    domain: bool


@dataclass(frozen=True, slots=True)
class TrainingStatus:
    """updates, tokens: done, of planned ones; tokens of full sequences; loss_updates: how many updates at
    each end the losses cover; checkpoint_update, checkpoint_seconds: finished updates in the newest
    checkpoint and its age; None before there is one."""

    stage: str
    updates: int
    updates_planned: int
    tokens: int
    tokens_planned: int
    tokens_per_second: float | None
    seconds_left: float | None
    loss_updates: int
    losses: list[ChannelLoss]
    heldout: list[HeldoutChange]
    checkpoint_update: int | None
    checkpoint_seconds: float | None
    incidents: int
    last_incident: str | None


def of_run(run: Run) -> TrainingStatus | None:
    """The training of a run; None before it started.

    Raises FileNotFoundError when the training replaced a file meanwhile: open the run again.
    """
    folder = run.training
    if folder is None or not run.plan:
        return None
    total, updates, sums = metrics.ends(folder, training_speed.RECENT)
    lengths = training_speed.sequence_lengths(run) or {}
    tokens, planned = training_speed.planned_tokens(run, total) or (0, 0)
    speed = _speed(updates, lengths, total)
    part = max(1, min(_UPDATES, total // 2))
    state = run.states[-1] if run.states else None
    rows = run.incident_rows
    return TrainingStatus(
        stage=run.plan[min(total, len(run.plan) - 1)].stage,
        updates=total,
        updates_planned=len(run.plan),
        tokens=tokens,
        tokens_planned=planned,
        tokens_per_second=speed,
        seconds_left=training_speed.seconds_left(planned - tokens or None, speed),
        loss_updates=part,
        losses=_losses(sums, run.leaves, total, part) if total else [],
        heldout=_heldout(metrics.read(folder, "retained")),
        checkpoint_update=state.updates if state else None,
        checkpoint_seconds=max(0.0, time.time() - state.folder.stat().st_mtime) if state else None,
        incidents=len(rows),
        last_incident=in_words(rows[-1]) if rows else None,
    )


def _speed(updates: pa.Table, lengths: dict[str, int], total: int) -> float | None:
    """Tokens per second over the last updates of the newest stage."""
    rows = [row for row in updates.to_pylist() if row["update"] >= total - training_speed.RECENT]
    rows = [row for row in rows if row["stage"] == rows[-1]["stage"]]
    tokens = np.array([row["sequences"] * lengths[row["stage"]] for row in rows], dtype=np.float64)
    return training_speed.tokens_per_second(tokens, np.array([row["seconds"] for row in rows]))


def _losses(sums: pa.Table, leaves: list[Leaf], total: int, part: int) -> list[ChannelLoss]:
    """The channels of the first axis that leaves have: `task` where there are labels."""
    axis = in_reading_order([axis for leaf in leaves for axis in leaf.labels] + ["source"])[0]
    channels = grouped(leaves, lambda leaf: leaf.value(axis) or "not labelled")
    ends = [sums.filter(pc.field("update") < part), sums.filter(pc.field("update") >= total - part)]
    return [
        ChannelLoss(axis, value, *(_nats(end, [leaves[row].number for row in rows]) for end in ends))
        for value, rows in channels.items()
    ]


def _nats(sums: pa.Table, leaves: list[int]) -> float | None:
    rows = sums.filter(pc.is_in(sums["leaf"], pa.array(leaves, pa.int64())))
    tokens = pc.sum(rows["tokens"]).as_py()
    return pc.sum(rows["nats"]).as_py() / tokens if tokens else None


def _heldout(rows: pa.Table) -> list[HeldoutChange]:
    """The newest evaluation of the forgetting guard, a row a source: the mean over its leaves' documents."""
    if not rows.num_rows:
        return []
    newest = pc.max(rows["update"]).as_py()
    found: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for row in rows.filter(pc.equal(rows["update"], newest)).to_pylist():
        found.setdefault((row["source"], bool(row["domain"])), []).append(row)
    return [
        HeldoutChange(source, newest, _mean_change(entries), domain)
        for (source, domain), entries in found.items()
    ]


def _mean_change(entries: list[dict[str, Any]]) -> float:
    documents = sum(row["documents"] for row in entries)
    change = sum(row["documents"] * (row["now"] - row["before"]) for row in entries)
    return float(change / documents) if documents else 0.0
