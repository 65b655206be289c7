"""The training metrics: losses of leaves by update, their channels, and what each stage consumed.

Means are ratios of sums over leaves and updates, never means of means: exact for every channel and window.
"""

from dataclasses import dataclass
from math import ceil, inf, nan, sqrt
from operator import methodcaller
from typing import Any

import numpy as np
import numpy.typing as npt

from rewarm.corpus.tables.channels import number
from rewarm.corpus.tables.leaves import grouped
from rewarm.runs.run import Run
from rewarm.runs.training_log import LogReader, TrainingLog

Array = npt.NDArray[np.float64]
# More points cannot be distinguished on a page, and 400 keep a curve below 6 kB.
POINTS = 400
# Of 100,000 updates with normal noise none is 8 standard deviations above the mean.
_SPIKE, _SPIKES = 8, 20


def read(run: Run) -> TrainingLog | None:
    """The training log of a run, finished or under way; None before the first update."""
    return LogReader().read(run)


def sums(log: TrainingLog, axis: str) -> dict[str, tuple[Array, Array]]:
    """Channel → nats [n] and tokens [n] of its leaves, for an axis."""
    rows = grouped(log.leaves, methodcaller("value", axis))
    return {value: (log.nats[own].sum(0), log.tokens[own].sum(0)) for value, own in rows.items()}


def windows(
    training: TrainingLog, points: int = POINTS, share: int = 50
) -> tuple[npt.NDArray[np.int64], ...]:
    """Position, start and end of the windows to draw, int64 [windows] each: at most `points`.

    No window crosses a stage. It is the run's updates divided by `share` long: a channel with a tenth of the
    batch is too noisy by update.
    """
    n = len(training.updates)
    stride = ceil(n / points)
    half = max(stride, n // share) // 2
    first = np.zeros(n, dtype=np.int64)
    last = np.zeros(n, dtype=np.int64)
    for _, start, stop in training.stages:
        first[start:stop], last[start:stop] = start, stop
    at = np.arange(stride // 2, n, stride, dtype=np.int64)
    return at, np.maximum(at - half, first[at]), np.minimum(at + half + 1, last[at])


def trends(training: TrainingLog, at: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Start and end of the windows of a trend, int64 [windows] each: a fifth of a stage around each position.

    Windows stay inside their stage; at its ends they are half as long, so the first and last value are means
    of a tenth. at: int64 [windows], positions.
    """
    start, stop = at.copy(), at + 1
    for _, first, last in training.stages:
        inside = (at >= first) & (at < last)
        half = max(1, (last - first) // 10)
        start[inside] = np.maximum(at[inside] - half, first)
        stop[inside] = np.minimum(at[inside] + half + 1, last)
    return start, stop


def ratio(nats: Array, tokens: Array, start: npt.NDArray[Any], stop: npt.NDArray[Any]) -> Array:
    """float64 [windows]: nats per token of each window, NaN where it has no tokens.

    nats, tokens: float64 [updates], sums; updates that are not finite are left out. start, stop: int64
    [windows].
    """
    sound = np.isfinite(nats) & np.isfinite(tokens)
    if not sound.all():
        nats, tokens = np.where(sound, nats, 0), np.where(sound, tokens, 0)
    above, below = np.zeros(len(nats) + 1), np.zeros(len(nats) + 1)
    np.cumsum(nats, out=above[1:])
    np.cumsum(tokens, out=below[1:])
    # Some times faster than an index in brackets, which 64 channels of 100,000 updates would notice.
    size = below.take(stop) - below.take(start)
    means: Array = np.full(len(size), nan)
    np.divide(above.take(stop) - above.take(start), size, out=means, where=size > 0)
    return means


def spikes(
    training: TrainingLog, nats: Array, tokens: Array, at: npt.NDArray[np.int64], level: Array
) -> list[tuple[float, float, float]]:
    """Update, level and loss of single updates that a mean over a window hides, the highest first, in nats.

    The highest loss between two positions is a spike when it is `_SPIKE` standard deviations above the level;
    the deviation is that of neighbouring updates, by the median of their differences. At most `_SPIKES`.
    at: int64 [windows], positions, and level: float64 [windows], the channel's loss there.
    """
    single = np.divide(nats, tokens, out=np.full(len(nats), nan), where=tokens > 0)
    steps = np.abs(np.diff(single[np.isfinite(single)]))
    if not len(steps):
        return []
    noise = 1.4826 * float(np.median(steps)) / sqrt(2)
    bounds = np.append(0, (at[1:] + at[:-1] + 1) // 2)
    filled = np.where(np.isfinite(single), single, -inf)
    height = np.maximum.reduceat(filled, bounds) - np.where(np.isfinite(level), level, inf)
    highest = [one for one in np.argsort(-height, kind="stable")[:_SPIKES] if height[one] > _SPIKE * noise]
    ends = np.append(bounds[1:], len(single))
    found = []
    for one in highest:
        place = int(bounds[one] + filled[bounds[one] : ends[one]].argmax())
        found.append((float(training.updates[place]), float(level[one]), float(single[place])))
    return found


@dataclass(frozen=True, slots=True)
class Portion:
    """The part of a source, or of a selector of labels, in a stage. Consumed tokens are those with loss:
    the first of a document has none."""

    stage: str
    source: str
    planned_share: float
    planned_tokens: float
    drawn_tokens: float
    documents: float
    epochs: float
    consumed_tokens: float
    consumed_share: float


def mix(run: Run, training: TrainingLog | None) -> list[Portion]:
    """Planned (mix/plan.json) and consumed (metrics) tokens, by stage and entry of its mix.

    Tokens of leaves that no entry selects are listed under their source.
    """
    plan = run.json("mix", "plan.json") or {}
    consumed = (
        {name: training.tokens[:, start:stop].sum(1) for name, start, stop in training.stages}
        if training
        else {}
    )
    portions = []
    for stage in dict.fromkeys([*plan, *consumed]):
        entries = plan.get(stage, {})
        consumed_by_entry: dict[str, float] = {}
        if training and stage in consumed:
            entry_of = {leaf: entry for entry, row in entries.items() for leaf in row["leaves"]}
            for leaf, tokens in zip(training.leaves, consumed[stage].tolist(), strict=True):
                entry = entry_of.get(leaf.number, leaf.source)
                consumed_by_entry[entry] = consumed_by_entry.get(entry, 0.0) + tokens
        total = sum(consumed_by_entry.values())
        for entry in dict.fromkeys(
            [*entries, *(name for name in consumed_by_entry if consumed_by_entry[name])]
        ):
            row = entries.get(entry, {})
            portions.append(
                Portion(
                    stage=stage,
                    source=entry,
                    planned_share=number(row.get("planned_share")),
                    planned_tokens=number(row.get("planned_tokens")),
                    drawn_tokens=number(row.get("tokens")),
                    documents=number(row.get("documents")),
                    epochs=number(row.get("epochs")),
                    consumed_tokens=consumed_by_entry.get(entry, 0.0) if consumed_by_entry else nan,
                    consumed_share=consumed_by_entry.get(entry, 0.0) / total if total else nan,
                )
            )
    return portions
