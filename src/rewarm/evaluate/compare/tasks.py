"""Base against result on the same items of each task, with the uncertainty of both questions.

Two things can change: how often the answer is right, and how likely the gold answer is. Below one billion
parameters accuracy is often near chance while the gold answer's bits per byte still move, so both are judged,
accuracy first. A change that the task's own noise over the last checkpoints could explain, or that so few
items cannot show, is called not measurable rather than retained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite, log, nan

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables.task_results import Outcome, TaskResult
from rewarm.errors import RewarmError
from rewarm.statistics import paired
from rewarm.statistics.proportion import interval as share_interval

# Accuracy and bits per byte within which a task counts as retained.
TOLERANCE, BITS_TOLERANCE = 0.02, 0.02
_LEVEL = 0.05
# A change must exceed so many standard deviations of the checkpoints' scores.
_NOISES = 2.0
_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Scored:
    """A task's scores under base, result and, oldest first, the last checkpoints (SCHEMA of task_scores)."""

    task: str
    form: str
    base: pa.Table
    result: pa.Table
    checkpoints: Sequence[pa.Table] = ()
    domain: bool = False
    needs: str = ""
    cut: int = 0


def compare(scored: Sequence[Scored], seed: int = 0) -> list[TaskResult]:
    """A row a task. Raises RewarmError when base and result were scored on different items."""
    rows = [_measured(one, np.random.default_rng([seed, place])) for place, one in enumerate(scored)]
    corrected = paired.holm([row.p for row in rows])
    return [_judged(replace(row, p_adjusted=value)) for row, value in zip(rows, corrected, strict=True)]


def _measured(scored: Scored, rng: np.random.Generator) -> TaskResult:
    base, result = scored.base, scored.result
    if base["id"].to_pylist() != result["id"].to_pylist():
        raise RewarmError(f"task {scored.task}: base and result were scored on different items")
    right_before, right_after = _flags(base), _flags(result)
    ids = np.array(base["id"].to_pylist(), dtype=object)
    lost, gained = ids[right_before & ~right_after], ids[~right_before & right_after]
    items, chance = len(ids), float(np.mean(base["chance"].to_numpy())) if len(ids) else nan
    before, after = (float(flags.mean()) if items else nan for flags in (right_before, right_after))
    change = paired.difference(len(lost), len(gained), items)
    (nats_before, size), (nats_after, _) = gold(base), gold(result)
    bits = paired.ratio_change(nats_before, nats_after, size, _DRAWS, rng)
    return TaskResult(
        task=scored.task,
        form=scored.form,
        items=items,
        chance=chance,
        base=before,
        result=after,
        base_adjusted=adjusted(before, chance),
        result_adjusted=adjusted(after, chance),
        change=change.value,
        low=change.low,
        high=change.high,
        p=paired.mid_p(len(lost), len(gained)),
        p_adjusted=nan,
        bits_base=bits_per_byte(nats_before, size),
        bits_result=bits_per_byte(nats_after, size),
        bits_change=bits.value,
        bits_low=bits.low,
        bits_high=bits.high,
        noise=_noise([_share(table) for table in [*scored.checkpoints, result]]),
        bits_noise=_noise([bits_per_byte(*gold(table)) for table in [*scored.checkpoints, result]]),
        visible=paired.smallest_visible(items, (len(lost) + len(gained)) / items if items else 0),
        domain=scored.domain,
        needs=scored.needs,
        cut=scored.cut,
        unanswered=_unanswered(result),
        lost=list(lost),
        gained=list(gained),
    )


def _judged(row: TaskResult) -> TaskResult:
    outcome, why = _outcome(row)
    return replace(row, outcome=outcome, why=why)


def _outcome(row: TaskResult) -> tuple[Outcome, str]:
    """What happened to a task, and why it is called so."""
    up: Outcome = "learned" if row.domain else "gained"
    down: Outcome = "got worse" if row.domain else "forgotten"
    if not row.items:
        return "not measurable", "no items"
    noisy = isfinite(row.noise) and abs(row.change) < _NOISES * row.noise
    if row.p_adjusted < _LEVEL and not noisy:
        return (up if row.change > 0 else down), (
            f"{len(row.lost)} items lost, {len(row.gained)} gained: p = {row.p_adjusted:.2g} over all tasks"
        )
    at_chance = row.chance > 0 and all(
        share_interval(round(share * row.items), row.items)[0] <= row.chance
        for share in (row.base, row.result)
    )
    if not at_chance and row.low >= -TOLERANCE and row.high <= TOLERANCE:
        return "retained", f"the change in accuracy is within ±{TOLERANCE:g}"
    said = _by_bits(row, up, down)
    if said is not None:
        return said
    if row.p_adjusted < _LEVEL:
        return "not measurable", (
            f"the change is within twice the noise of the last checkpoints, {row.noise:.3f}"
        )
    if at_chance:
        return "not measurable", f"base and result are both at chance, {row.chance:.2f}"
    return "not measurable", f"{row.items} items show a change of {row.visible:.3f} or more"


def _by_bits(row: TaskResult, up: Outcome, down: Outcome) -> tuple[Outcome, str] | None:
    """The outcome by bits per byte of the gold answers, where their interval says one."""
    noisy = isfinite(row.bits_noise) and abs(row.bits_change) < _NOISES * row.bits_noise
    if not isfinite(row.bits_low) or row.form != "cloze" or noisy:
        # The likelihood of a letter says more of the form than of the answer.
        return None
    if row.bits_high < -BITS_TOLERANCE:
        return (
            up,
            f"gold answers are likelier by {-row.bits_change:.3f} bits per byte; accuracy does not show it",
        )
    if row.bits_low > BITS_TOLERANCE:
        return down, (
            f"gold answers are less likely by {row.bits_change:.3f} bits per byte; accuracy does not show it"
        )
    if row.bits_low >= -BITS_TOLERANCE and row.bits_high <= BITS_TOLERANCE:
        return "retained", f"gold answers changed by {row.bits_change:+.3f} bits per byte"
    return None


def gold(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """float64 [items] each: nats and bytes of the gold answers."""
    if not len(table):
        return np.zeros(0), np.zeros(0)
    rows = zip(table["gold"].to_pylist(), table["nats"].to_pylist(), table["bytes"].to_pylist(), strict=True)
    pairs = np.array([(nats[place], size[place]) for place, nats, size in rows], dtype=np.float64)
    return pairs[:, 0], pairs[:, 1]


def bits_per_byte(nats: np.ndarray, size: np.ndarray) -> float:
    """Of all items together; NaN without bytes."""
    return float(nats.sum() / (size.sum() * log(2))) if size.sum() else nan


def adjusted(accuracy: float, chance: float) -> float:
    """Accuracy above guessing as a share of what is possible: 0 for guessing, 1 for all right."""
    return (accuracy - chance) / (1 - chance) if chance < 1 else nan


def _flags(table: pa.Table) -> np.ndarray:
    return np.array(table["correct"].to_pylist(), dtype=bool)


def _share(table: pa.Table) -> float:
    flags = _flags(table)
    return float(flags.mean()) if len(flags) else nan


def _noise(values: list[float]) -> float:
    """Standard deviation over the last checkpoints; NaN with fewer than three, which say too little."""
    return float(np.std(values, ddof=1)) if len(values) >= 3 else nan


def _unanswered(table: pa.Table) -> int:
    """Open items with an empty generated answer."""
    answers = table["answer"].drop_null()
    return int(pc.sum(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(answers)), 0)).as_py() or 0)
