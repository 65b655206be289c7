"""The shape of a curve over a stage: up and back, or flat at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from rewarm.diagnose.change import CLEAR, Change
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.series import Series
from rewarm.diagnose.view import View

FLAT = 0.1  # of the whole fall
BACK = 0.25  # of a rise; less is a plateau
BITS = 0.03  # per byte, of held-out documents: more than `forgetting.tolerance`, which users notice


@dataclass(frozen=True, slots=True)
class Hump:
    """rise, back: above the start at the top, and below the top at the end; error: standard error of `back`;
    update: of the top; unit: of the losses."""

    rise: float
    back: float
    error: float
    update: int
    unit: str


def returning(view: View) -> Iterator[Finding]:
    """A rise at the start that comes back: the stability gap (2406.14833), no reason to stop."""
    for one in view.sources:
        found = hump(view, one)
        if found is None:
            continue
        share = found.back / found.rise
        yield Finding(
            "stability-gap", "note", one.name, one.stage,
            f"the loss rose by {found.rise:.2f} {found.unit} until update {found.update} and came "
            f"{'back' if share >= 1 else f'back by {share:.0%}'}",
            "Normal after re-warming: do not stop there." if share >= 1 else "Let the rate decay first.",
            0.9, {"rise": found.rise, "back": share, "error": found.error},
        )  # fmt: skip


def hump(view: View, one: Series) -> Hump | None:
    """A source's rise in the first stage that comes back; none where held-out documents end clearly worse."""
    if one.stage != view.first_stage or view.measured(one).rises(2 * one.least):
        return None
    found = _held_out(view.during(one.value)) or _trained(one)
    if found is None or found.back < max(BACK * found.rise, CLEAR * found.error):
        return None
    return found


def _held_out(scored: list[tuple[int, float]]) -> Hump | None:
    """On held-out documents scored during training."""
    if len(scored) < 4:
        return None
    update, rise = max(scored[:-1], key=lambda one: one[1])
    if rise < BITS:
        return None
    return Hump(
        rise, rise - scored[-1][1], sqrt(2) * _noise(scored), update, "bits per byte of held-out documents"
    )


def _noise(scored: list[tuple[int, float]]) -> float:
    """Robust standard deviation of scores around the line through their neighbours, so around any smooth
    curve."""
    updates, values = np.array(scored).T
    after = (updates[1:-1] - updates[:-2]) / (updates[2:] - updates[:-2])
    off = values[1:-1] - (1 - after) * values[:-2] - after * values[2:]
    return 1.4826 * float(np.median(np.abs(off) / np.sqrt(1 + after**2 + (1 - after) ** 2)))


def _trained(one: Series) -> Hump | None:
    """The same of the training loss, whose noise is larger."""
    top = int(np.argmax(one.nats))
    change = Change(float(one.nats[top]) - one.start, float(np.hypot(one.errors[top], one.errors[0])))
    if len(one.nats) < 6 or not 0 < top <= len(one.nats) // 2 or not change.rises():
        return None
    error = float(np.hypot(one.errors[top], one.end_error))
    return Hump(change.nats, float(one.nats[top]) - one.end, error, int(one.updates[top]), "nats per token")


def saturated(view: View) -> Iterator[Finding]:
    """The domain fell clearly and is flat over the second half of the stage."""
    for one in view.sources:
        if not view.is_domain(one.value) or not one.change.falls() or len(one.nats) < 8:
            continue
        half, part = len(one.nats) // 2, len(one.nats) // 4
        early, tail = one.nats[half : half + part], one.nats[-part:]
        late = float(early.mean() - tail.mean())
        squares = (one.errors[half : half + part] ** 2).sum() + (one.errors[-part:] ** 2).sum()
        error = float(np.sqrt(squares)) / part
        if late < CLEAR * error and late < FLAT * -one.change.nats:
            yield Finding(
                "saturated", "note", one.name, one.stage,
                f"of the fall of {-one.change.nats:.2f} nats per token the second half gave "
                f"{max(late, 0):.2f}",
                "More tokens of this text at this rate gain little: anneal, or add new text.", 0.8,
                {"late": late, "error": error},
            )  # fmt: skip
