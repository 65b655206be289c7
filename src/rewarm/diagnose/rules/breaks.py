"""Training that goes wrong: loss rising, or falling to nothing."""

from collections.abc import Iterator

import numpy as np

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.gaps import memorised
from rewarm.diagnose.rules.level import is_low
from rewarm.diagnose.view import View

COLLAPSED = 0.1  # of the loss at the start


def rising(view: View) -> Iterator[Finding]:
    """Held-out documents of a source are clearly worse than before, or the training loss ends clearly above
    its best window. A domain that the base knows by heart is blurred by any training: `domain-flat`. One that
    is memorised gets worse on other text: `memorising`."""
    for one in view.sources:
        if view.is_domain(one.value) and (is_low(view, one) or memorised(view, one.value)):
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
