"""Training that goes wrong: loss rising, falling to nothing, or swinging."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.level import is_low
from rewarm.diagnose.view import View

COLLAPSED = 0.1  # of the loss at the start
SWINGS = 2.5  # times the noise of the stage's second half


def rising(view: View) -> Iterator[Finding]:
    """Held-out documents of a source are clearly worse than before, or the training loss ends clearly above
    its best window. A domain that the base knows by heart is blurred by any training: `domain-flat`."""
    for one in view.sources:
        if view.is_domain(one.value) and is_low(view, one):
            continue
        best = int(np.argmin(one.nats))
        curve = Change(one.end - float(one.nats[best]), one.change.error)
        measured = view.measured(one)
        if measured.held_out and one.stage == view.first_stage and measured.rises(2 * one.least):
            shown, where = measured, "on held-out documents"
        elif best < len(one.nats) - 2 and curve.rises(2 * one.least) and one.change.rises(one.least):
            shown, where = curve, f"from update {one.updates[best]} on"
        else:
            continue
        general = not view.is_domain(one.value)
        yield Finding(
            "rising", "warning" if general else "error", one.name, one.stage,
            f"the loss rose by {shown.nats:.2f} nats per token {where}",
            "The model forgets it: raise its share, or lower train's peak rate."
            if general
            else "Learning rate, code or environment: lower the peak, and look at `rewarm incidents`.",
            confidence(shown.deviations), {"rise": shown.nats, "error": shown.error},
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


def rate_high(view: View) -> Iterator[Finding]:
    """The peak is one from which on a base of this size is damaged."""
    rates = view.run.json("train", "_rates.json")
    if rates is None:
        return
    for stage, peak in rates["peaks"].items():
        if peak > rates["too_high"]:
            yield Finding(
                "rate-high", "warning", "all", stage,
                f"the peak rate is {peak:g}, {peak / rates['auto']:.0f} times what `auto` takes here",
                f"Set stages.schedule.peak: auto ({rates['auto']:g}).", 0.9,
                {"peak": peak, "auto": rates["auto"], "too_high": rates["too_high"]},
            )  # fmt: skip


def rate_lowered(view: View) -> Iterator[Finding]:
    """The guard found the weights diverged, went back and lowered the rate."""
    cuts = [one for one in view.run.incident_rows if "rate x" in one["action"]]
    if cuts:
        yield Finding(
            "rate-lowered", "warning", "all", cuts[0]["stage"],
            f"the guard {cuts[-1]['action']} (incident {len(cuts)} of this kind)",
            "The peak rate is too high: start again with half of stages.schedule.peak or less.", 0.95,
            {"times": float(len(cuts)), "from_update": float(cuts[0]["update"])},
        )  # fmt: skip


def _swing(values: np.ndarray) -> float:
    """Robust standard deviation of neighbouring updates' differences."""
    return 1.4826 * float(np.median(np.abs(np.diff(values)))) / float(np.sqrt(2))
