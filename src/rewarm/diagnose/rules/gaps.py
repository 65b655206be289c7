"""Training loss against held-out loss: memorising."""

from collections.abc import Iterator

from rewarm.diagnose.change import LEAST, Change, confidence
from rewarm.diagnose.finding import Finding
from rewarm.diagnose.view import View

SHARE = 0.3  # of the training's fall that held-out text lacks


def memorising(view: View) -> Iterator[Finding]:
    """The training loss fell by clearly more than the loss of held-out documents of the same source."""
    last = {one.value: one for one in view.sources}
    first = {one.value: one for one in reversed(view.sources)}
    for source, channel in view.held_out.items():
        if source not in last or channel.change_nats != channel.change_nats:
            continue
        trained = Change(last[source].end - first[source].start, last[source].change.error)
        gap = Change(channel.change_nats - trained.nats, trained.error)
        if not trained.falls() or not gap.rises(2 * LEAST) or gap.nats < SHARE * -trained.nats:
            continue
        passes = view.stage(first[source].stage).get("max_epochs", "auto")
        yield Finding(
            "memorising", "warning", f"source {source}", last[source].stage,
            f"training fell by {-trained.nats:.2f} nats per token, held-out text by "
            f"{-channel.change_nats:.2f}",
            f"Fewer passes (stages.max_epochs, {passes} now), more text, or an earlier checkpoint.",
            confidence(gap.deviations), {"train": trained.nats, "held_out": channel.change_nats},
        )  # fmt: skip
