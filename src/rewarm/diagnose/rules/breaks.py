"""Training that goes wrong: loss rising, falling to nothing, or swinging."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.falls import CLEAR, LEAST
from rewarm.diagnose.series import confidence
from rewarm.diagnose.view import View

COLLAPSED = 0.1  # of the loss at the start
SWINGS = 2.5  # times the noise of the stage's second half


def rising(view: View) -> Iterator[Finding]:
    """The end is clearly above the best window."""
    for one in view.sources:
        best = int(np.argmin(one.nats))
        rise = one.end - float(one.nats[best])
        error = max(one.error, 1e-9)
        if best >= len(one.nats) - 2 or rise < 2 * LEAST or rise < CLEAR * error or one.change < LEAST:
            continue
        general = not view.is_domain(one.value)
        says = f"the loss rose by {rise:.2f} nats per token from update {one.updates[best]} on"
        advice = (
            "The model forgets it: raise its share, or lower train's peak rate."
            if general
            else "Learning rate, code or environment: lower the peak, and look at `rewarm incidents`."
        )
        yield Finding(
            "rising", "error" if not general else "warning", one.name, one.stage, says, advice,
            confidence(rise / error), {"rise": rise, "from_update": float(one.updates[best])},
        )  # fmt: skip


def collapsed(view: View) -> Iterator[Finding]:
    """The loss falls to a tenth or less: labels that the model sees, or a text repeated."""
    for one in view.sources:
        if one.end < COLLAPSED * one.start:
            yield Finding(
                "collapsed", "error", one.name, one.stage,
                f"the loss fell from {one.start:.2f} to {one.end:.2f} nats per token",
                "Nothing real is learnt so fast: look for repeated documents (`rewarm clusters`), too many "
                "passes (stages.max_epochs), or labels that the model can see.", 0.99,
                {"start": one.start, "end": one.end},
            )  # fmt: skip


def oscillating(view: View) -> Iterator[Finding]:
    """Swings around the trend in the first half, while the rate is high, far above those of the second."""
    for one in view.series:
        if one.axis != "all" or len(one.single) < 32:
            continue
        half = len(one.single) // 2
        first, second = (_swing(part) for part in (one.single[:half], one.single[half:]))
        norms = one.norms[np.isfinite(one.norms)]
        heavy = float(np.quantile(norms, 0.95) / max(1e-9, np.median(norms))) if len(norms) else 1.0
        if second > 0 and first > SWINGS * second:
            yield Finding(
                "oscillating", "warning", "all", one.stage,
                f"the loss swings {first / second:.1f} times as much in the first half as in the second",
                "The peak rate is too high: halve stages.schedule.peak.", 0.8,
                {"first": first, "second": second, "gradient_norm_tail": heavy},
            )  # fmt: skip


def _swing(values: np.ndarray) -> float:
    """Robust standard deviation of neighbouring updates' differences."""
    return 1.4826 * float(np.median(np.abs(np.diff(values)))) / float(np.sqrt(2))
