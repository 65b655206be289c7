"""Training loss against held-out loss: memorising."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

from rewarm.diagnose.change import Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.content import COPIES
from rewarm.diagnose.view import View

SHARE = 0.3  # of the training's fall that held-out text lacks


@dataclass(frozen=True, slots=True)
class Gap:
    """Changes in nats per token, negative for a fall: of the training loss, of held-out documents, and by how
    much more those changed."""

    trained: Change
    held_out: float
    more: Change


def memorising(view: View) -> Iterator[Finding]:
    """The training loss fell by clearly more than the loss of held-out documents of the same source, whose
    documents were seen again: by more than one pass, or as copies."""
    last = {one.value: one for one in view.sources}
    for source in last:
        gap = memorised(view, source)
        if gap is None:
            continue
        rest = f"fell by {-gap.held_out:.2f}" if gap.held_out < 0 else f"rose by {gap.held_out:.2f}"
        passes = view.stage(last[source].stage).get("max_epochs", "auto")
        yield Finding(
            "memorising", "warning", f"source {source}", last[source].stage,
            f"training fell by {-gap.trained.nats:.2f} nats per token, held-out text {rest}",
            f"Fewer passes (stages.max_epochs, {passes} now), more text, or an earlier checkpoint.",
            confidence(gap.more.deviations), {"train": gap.trained.nats, "held_out": gap.held_out},
        )  # fmt: skip


def memorised(view: View, source: str) -> Gap | None:
    """How a source's training and held-out loss went apart; None where its documents are not memorised.

    The first window of the training loss is no longer the base: some of the fall, or damage of a far too high
    rate, is already in it. So the held-out change counts from the middle of that window too.
    """
    series = [one for one in view.sources if one.value == source]
    first, last = series[0], series[-1]
    measured = view.measured(first)
    if not measured.held_out or not _seen_again(view, source):
        return None
    trained = last.since(first)
    before, error = view.held_out_at(first, int(first.updates[0]))
    held_out = measured.nats - before
    more = Change(held_out - trained.nats, hypot(trained.error, measured.error, error))
    if trained.falls(first.least) and more.rises(2 * first.least) and more.nats >= SHARE * -trained.nats:
        return Gap(trained, held_out, more)
    return None


def _seen_again(view: View, source: str) -> bool:
    passes = sum(view.passes(one.stage, source) for one in view.sources if one.value == source)
    texts = view.texts(source)
    return passes > 1 or (texts is not None and texts.copies > COPIES)
