"""The shape of a curve over a stage: up and back, or flat at the end."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.change import CLEAR, Change
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.series import Series
from rewarm.diagnose.view import View

FLAT = 0.1  # of the whole fall
BACK = 0.5  # of a rise
BITS = 0.03  # per byte, of held-out documents: more than `forgetting.tolerance`, which users notice


def returning(view: View) -> Iterator[Finding]:
    """A rise at the start that comes back: the stability gap (2406.14833), no reason to stop."""
    for one in view.sources:
        if one.stage != view.first_stage or view.measured(one).rises(2 * one.least):
            continue
        found = _held_out(view.during(one.value)) or _trained(one)
        if found is None or found[1] < BACK:
            continue
        rise, back, update, unit = found
        yield Finding(
            "stability-gap", "note", one.name, one.stage,
            f"the loss rose by {rise:.2f} {unit} until update {update} and came "
            f"{'back' if back >= 1 else f'back by {back:.0%}'}",
            "Normal after re-warming: do not stop there." if back >= 1 else "Let the rate decay first.",
            0.9, {"rise": rise, "back": back},
        )  # fmt: skip


def _held_out(scored: list[tuple[int, float]]) -> tuple[float, float, int, str] | None:
    """Rise, share that came back, update of the top, unit: on held-out documents scored during training."""
    if len(scored) < 4:
        return None
    update, rise = max(scored[:-1], key=lambda one: one[1])
    if rise < BITS:
        return None
    return rise, (rise - scored[-1][1]) / rise, update, "bits per byte of held-out documents"


def _trained(one: Series) -> tuple[float, float, int, str] | None:
    """The same of the training loss, whose noise is larger."""
    top = int(np.argmax(one.nats))
    change = Change(float(one.nats[top]) - one.start, float(np.hypot(one.errors[top], one.errors[0])))
    if len(one.nats) < 6 or not 0 < top <= len(one.nats) // 2 or not change.rises():
        return None
    return (
        change.nats,
        (float(one.nats[top]) - one.end) / change.nats,
        int(one.updates[top]),
        "nats per token",
    )


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
