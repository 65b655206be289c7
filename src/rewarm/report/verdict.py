"""The verdict on a run: worse than its base or not, what was learnt, what was retained, with intervals.

The domain channel is `task=domain`; every other task is to be retained. Plain text that a base
model has not seen for a while improves under any training, so the figure for the domain is its gain beyond
the general gain. Intervals are those of the evaluation; between variants they are
bootstrap intervals over the documents that both were measured on, 1,000 resamples.
"""

from dataclasses import dataclass, field
from math import isfinite, log, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from rewarm.corpus.tables.channels import Channel
from rewarm.corpus.tables.leaves import of_documents
from rewarm.recipe import Evaluate
from rewarm.report import figures
from rewarm.runs.run import Run
from rewarm.statistics.bootstrap import Estimate, interval, resampled
from rewarm.statistics.outcome import Worse, worse

Array = npt.NDArray[np.float64]
_RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """domain: the channel to learn; kept: all other tasks; gains: positive is better; worse: what makes the
    result worse than its base."""

    domain: Channel | None
    kept: list[Channel]
    domain_gain: Estimate
    general_gain: Estimate
    beyond: Estimate
    worse: list[Worse] = field(default_factory=list)

    @property
    def no_gain(self) -> bool:
        """The domain's loss did not fall, so a gain beyond the general one is only what other text lost."""
        return self.domain_gain.value <= 0 and not self.beyond.includes_zero

    @property
    def sentences(self) -> list[str]:
        """The verdict in words, uncertain where the intervals are."""
        if self.domain is None and not self.kept:
            return ["Nothing was measured: the evaluation has not run, or no source has a task label."]
        sentences = []
        if self.worse:
            sentences.append(
                f"This model is worse than its base. {' '.join(item.sentence for item in self.worse)}"
            )
        sentences.append(_learnt(self.domain) if self.domain else "No channel task=domain was measured.")
        sentences += [_kept(channel) for channel in self.kept]
        if isfinite(self.beyond.value) and not self.no_gain:
            sentences.append(_beyond(self.beyond, self.general_gain, any(c.worse for c in self.kept)))
        return sentences


def judge(run: Run) -> Verdict:
    """The verdict on a run, from its evaluation."""
    channels, gain = run.evaluation
    tasks = [channel for channel in channels if channel.axis == "task"]
    limit = (run.recipe.get("evaluate") or {}).get("most_forgetting", Evaluate().most_forgetting)
    return Verdict(
        worse=worse(((item.value, item.change_bits, item.low, item.high) for item in tasks), limit),
        domain=next((channel for channel in tasks if channel.value == "domain"), None),
        kept=[channel for channel in tasks if channel.value != "domain"],
        domain_gain=gain.domain,
        general_gain=gain.general,
        beyond=gain.beyond,
    )


def differences(run: Run, other: Run, axis: str, value: str) -> Estimate:
    """Bits per byte of `run` minus those of `other` after training, on a channel's common documents."""
    leaves = [leaf.number for leaf in run.leaves if (leaf.value(axis) or "not labelled") == value]
    own_documents, other_documents = _documents(run, "evaluate"), _documents(other, "evaluate")
    leaf_of = run.file("mix", "heldout_leaf_of")
    if own_documents is None or other_documents is None or leaf_of is None:
        return Estimate()
    of_channel = np.isin(of_documents(leaf_of, own_documents["id"]), leaves)
    nats, size = _paired(
        other_documents, {name: column[of_channel] for name, column in own_documents.items()}
    )
    bits = float(nats.sum() / size.sum() / log(2)) if size.sum() else nan
    return Estimate(bits, *interval(resampled(nats, size, _RESAMPLES, np.random.default_rng(0))))


def _documents(run: Run, step: str) -> dict[str, npt.NDArray[Any]] | None:
    path = run.file(step, "documents.parquet")
    if path is None:
        return None
    table = pq.read_table(path, columns=["id", "nats", "bytes"])
    return {name: table[name].to_numpy() for name in table.column_names}


def _paired(before: dict[str, npt.NDArray[Any]], after: dict[str, npt.NDArray[Any]]) -> tuple[Array, Array]:
    """Change in nats and bytes of every document that both have, after − before."""
    _, left, right = np.intersect1d(before["id"], after["id"], return_indices=True)
    change = after["nats"][right] - before["nats"][left]
    sound = np.isfinite(change)
    return change[sound], after["bytes"][right][sound].astype(np.float64)


def change_words(channel: Channel) -> str:
    """`1.100 → 0.790 bits per byte, −0.310 (95 % interval −0.330 to −0.290)`."""
    path = f"{figures.plain(channel.before_bits)} → {figures.plain(channel.after_bits)} bits per byte"
    interval = figures.between(channel.low, channel.high)
    return f"{path}, {figures.signed(channel.change_bits)}" + (
        f" (95 % interval {interval})" if interval else ""
    )


def _learnt(channel: Channel) -> str:
    if not isfinite(channel.change_bits):
        return "The domain has no held-out tokens: what was learnt is not known."
    if not isfinite(channel.low):
        return f"What was learnt is not measurable, {_too_few(channel)}: {change_words(channel)}."
    if channel.better:
        return f"The model learnt the domain: {change_words(channel)}."
    if channel.worse:
        return f"The model got worse on the domain: {change_words(channel)}."
    return (
        f"Whether the model learnt the domain is open, the interval includes zero: {change_words(channel)}."
    )


def _kept(channel: Channel) -> str:
    if not isfinite(channel.change_bits):
        return f"The channel {channel.value} has no held-out tokens: whether it was kept is not known."
    if not isfinite(channel.low):
        return f"The channel {channel.value} is not measurable, {_too_few(channel)}: {change_words(channel)}."
    if channel.worse:
        return f"The channel {channel.value} got worse: {change_words(channel)}."
    if channel.better:
        return f"The channel {channel.value} was kept and improved: {change_words(channel)}."
    words = change_words(channel)
    return f"The channel {channel.value} shows no sure change, the interval includes zero: {words}."


def _too_few(channel: Channel) -> str:
    return f"with {channel.documents} held-out document{'s' * (channel.documents != 1)}"


def _beyond(figure: Estimate, general: Estimate, lost_some: bool) -> str:
    interval = figures.between(figure.low, figure.high)
    inside = f" (95 % interval {interval})" if interval else ""
    value = figures.signed(figure.value)
    gained = f"the domain's gain beyond the general gain is {value} bits per byte{inside}"
    if figure.includes_zero:
        return f"But {gained}, and the interval includes zero: it may be no more than other text gained."
    if figure.value < 0:
        return f"But {gained}: other text gained more than the domain."
    lost = ""
    if lost_some and general.high < 0:
        lost = f", of which {figures.plain(-general.value)} is what other text lost"
    return f"{gained[0].upper()}{gained[1:]}{lost}."
