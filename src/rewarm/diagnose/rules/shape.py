"""The shape of a curve over a stage: up and back, or flat at the end."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.falls import CLEAR, LEAST, falling
from rewarm.diagnose.series import confidence
from rewarm.diagnose.view import View

FLAT = 0.1  # of the whole fall


def returning(view: View) -> Iterator[Finding]:
    """A rise at the start that comes back: the stability gap (2406.14833), no reason to stop."""
    for one in view.sources:
        if one.stage != view.first_stage or len(one.nats) < 6:
            continue
        top = int(np.argmax(one.nats))
        rise = float(one.nats[top]) - one.start
        error = max(float(np.hypot(one.errors[top], one.errors[0])), 1e-9)
        if not 0 < top <= len(one.nats) // 2 or rise < LEAST or rise < CLEAR * error:
            continue
        back = (float(one.nats[top]) - one.end) / rise
        if back < 0.5:
            continue
        whole = back >= 1
        yield Finding(
            "stability-gap", "note", one.name, one.stage,
            f"the loss rose by {rise:.2f} nats per token until update {one.updates[top]} and came "
            f"{'back' if whole else f'back by {back:.0%}'}",
            "Normal after re-warming: do not stop there." if whole else "Let the rate decay first.",
            confidence(rise / error), {"rise": rise, "back": back},
        )  # fmt: skip


def saturated(view: View) -> Iterator[Finding]:
    """The domain fell clearly and is flat over the second half of the stage."""
    for one in view.sources:
        if not view.is_domain(one.value) or not falling(one) or len(one.nats) < 8:
            continue
        half, part = len(one.nats) // 2, len(one.nats) // 4
        early, tail = one.nats[half : half + part], one.nats[-part:]
        late = float(early.mean() - tail.mean())
        squares = (one.errors[half : half + part] ** 2).sum() + (one.errors[-part:] ** 2).sum()
        error = float(np.sqrt(squares)) / part
        if late < CLEAR * error and late < FLAT * -one.change:
            yield Finding(
                "saturated", "note", one.name, one.stage,
                f"of the fall of {-one.change:.2f} nats per token the second half gave {max(late, 0):.2f}",
                "More tokens of this text at this rate gain little: anneal, or add new text.", 0.8,
                {"late": late, "error": error},
            )  # fmt: skip
