"""The second time that documents are seen: a step down at the boundary of two passes."""

from collections.abc import Iterator
from math import sqrt

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.view import View

# Updates on each side of the boundary that are compared.
LEAST_WIDTH, MOST = 6, 50


def boundary(view: View) -> Iterator[Finding]:
    """The loss drops where the first pass over the source ends: expected, and no sign of a fault."""
    for one in view.sources:
        passes = view.passes(one.stage, one.value)
        at = round(len(one.single) / passes)
        width = min(at // 2, len(one.single) - at, MOST)
        if passes <= 1 or width < LEAST_WIDTH:
            continue
        earlier, before, after = (
            float(one.single[first : first + width].mean()) for first in (at - 2 * width, at - width, at)
        )
        drop = Change(after - before + max(0.0, earlier - before), one.noise * sqrt(2 / width))
        if drop.falls():
            yield Finding(
                "epoch-drop", "note", one.name, one.stage,
                f"the loss drops by {before - after:.2f} nats per token at update {one.numbers[at]}, where "
                "the first pass ends",
                "Expected at the boundary of an epoch: the documents are seen again. It is no new knowledge: "
                "watch the held-out loss.", confidence(drop.deviations),
                {"drop": before - after, "passes": passes},
            )  # fmt: skip
