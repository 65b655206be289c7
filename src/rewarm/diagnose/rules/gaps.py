"""Training loss against held-out loss: memorising."""

from collections.abc import Iterator

from rewarm.diagnose.finding import Finding
from rewarm.diagnose.rules.falls import CLEAR, LEAST
from rewarm.diagnose.series import confidence
from rewarm.diagnose.view import View


def memorising(view: View) -> Iterator[Finding]:
    """The training loss fell by clearly more than the loss of held-out documents of the same source."""
    last = {one.value: one for one in view.sources}
    first = {one.value: one for one in reversed(view.sources)}
    for source, channel in view.held_out.items():
        if source not in last or channel.change_nats != channel.change_nats:
            continue
        change = last[source].end - first[source].start
        error = max(last[source].error, 1e-9)
        gap = channel.change_nats - change
        if gap < 2 * LEAST or gap < CLEAR * error or gap < 0.3 * -change:
            continue
        passes = view.stage(first[source].stage).get("max_epochs", "auto")
        yield Finding(
            "memorising", "warning", f"source {source}", last[source].stage,
            f"training fell by {-change:.2f} nats per token, held-out text by {-channel.change_nats:.2f}",
            f"Fewer passes (stages.max_epochs, {passes} now), more text, or an earlier checkpoint.",
            confidence(gap / error), {"train": change, "held_out": channel.change_nats},
        )  # fmt: skip
