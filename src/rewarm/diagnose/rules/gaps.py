"""Training loss against held-out loss: memorising."""

from collections.abc import Iterator
from math import hypot

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.content import COPIES
from rewarm.diagnose.view import View

SHARE = 0.3  # of the training's fall that held-out text lacks


def memorising(view: View) -> Iterator[Finding]:
    """The training loss fell by clearly more than the loss of held-out documents of the same source, whose
    documents were seen again: by more than one pass, or as copies.

    The first window of the training loss is no longer the base: some of the fall, or damage of a far too high
    rate, is already in it. So the held-out change counts from the middle of that window too.
    """
    last = {one.value: one for one in view.sources}
    for source, one in {one.value: one for one in reversed(view.sources)}.items():
        measured = view.measured(one)
        if not measured.held_out or not _seen_again(view, source):
            continue
        trained = last[source].since(one)
        before, error = view.held_out_at(one, int(one.updates[0]))
        held_out = measured.nats - before
        gap = Change(held_out - trained.nats, hypot(trained.error, measured.error, error))
        if not trained.falls(one.least) or not gap.rises(2 * one.least) or gap.nats < SHARE * -trained.nats:
            continue
        passes = view.stage(one.stage).get("max_epochs", "auto")
        yield Finding(
            "memorising", "warning", f"source {source}", last[source].stage,
            f"training fell by {-trained.nats:.2f} nats per token, held-out text by {-held_out:.2f}",
            f"Fewer passes (stages.max_epochs, {passes} now), more text, or an earlier checkpoint.",
            confidence(gap.deviations), {"train": trained.nats, "held_out": held_out},
        )  # fmt: skip


def _seen_again(view: View, source: str) -> bool:
    passes = sum(view.passes(one.stage, source) for one in view.sources if one.value == source)
    texts = view.texts(source)
    return passes > 1 or (texts is not None and texts.copies > COPIES)
