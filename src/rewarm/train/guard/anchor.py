"""The loss of the base model as the reference for the loss in training.

A window of recent updates cannot distinguish a run that diverges from the start, or slowly, from a normal
one. The step `baseline` measured the base on held-out documents
before training, so the loss of any update of untouched weights is known, leaf by leaf, whatever its
mix. The reference of a leaf is the lower of two: the base's loss, and the lowest level (median of the
window) that the leaf has reached in this stage. It never rises, so a diverged state never becomes
the reference.

Limits are shares of the base's loss. Re-warming raises the loss for a while (Gupta et al. 2023, arXiv
2308.04014); a 405M model continued on German with 25 % replay ended with 7 % more loss on English, and
with 1 % replay 30 % more (Ibrahim et al. 2024, arXiv 2403.08763). `base_rise` is set there. Small
updates are noisy: limits are never below some standard errors of the update's mean, from the spread of
the base's losses over held-out documents. The price: a divergence that stays within the limit is left
to the forgetting guard and the final evaluation.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus.tables import leaves
from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.evidence import Evidence

_IN_A_ROW = 3  # updates above the limit that make a divergence
_NOISE = 3.0  # standard errors that each of them exceeds as well
# Share of the mean that is the least standard deviation of a part. Few documents are held out, and parts
# of a sequence's length differ more than whole documents: of eight corpora these have 0.02 to 0.1.
_LEAST_SPREAD = 0.2
_SMOOTHING = 0.2


def read(scores: Path, leaf_of: Path) -> tuple[np.ndarray, np.ndarray]:
    """The base's held-out documents: int64 [documents] leaf; float64 [documents, 3] nats, tokens, bytes.

    scores: losses of the base; leaf_of: `heldout_leaf_of` of the step `mix`.
    """
    table = pq.read_table(scores, columns=["id", "nats", "tokens", "bytes"])
    sums = np.stack([table[name].to_numpy() for name in ("nats", "tokens", "bytes")], axis=1)
    return leaves.of_documents(leaf_of, table["id"].combine_chunks()).astype(np.int64), sums.astype(
        np.float64
    )


class Anchor:
    """Compares updates with the base.

    leaf, sums: as `read` returns them; count: of leaves; config: the recipe's `guard`.
    """

    def __init__(self, leaf: np.ndarray, sums: np.ndarray, leaves: int, config: dict[str, Any]) -> None:
        self._config = config
        self._base, self._spread = _by_leaf(leaf, sums, leaves)
        self._best = np.full(leaves, np.nan)
        self.enter()

    def enter(self) -> None:
        """Begin a stage: mix, sequence length and positions may change the loss from its first update on."""
        self._best[:] = np.nan
        self._start = np.nan
        self._above, self._smoothed = 0, 0.0
        self.unsound = 0
        """Accepted updates since the level was last near the reference."""

    def judge(self, evidence: Evidence) -> list[Alarm]:
        """At most one alarm: `loss` for a single jump, `diverged` for the third high update in a row,
        `collapsed` for a loss that is nearly zero."""
        measured = self._measure(evidence)
        if measured is None:
            return []
        loss, reference, base, noise = measured
        floor = self._config["base_floor"] * base
        if loss < floor:
            return [Alarm("collapsed", "down", loss, base, floor)]
        if not np.isfinite(self._start):
            return []  # The stage's rate has had no effect yet: a change comes from data and positions.
        jump = reference + max(2 * self._config["base_rise"] * base, self._config["deviations"] * noise)
        limit = self._limit(reference, base, noise)
        if loss > limit and self._above + 1 >= _IN_A_ROW:
            return [Alarm("diverged", "up", loss, reference, limit)]
        return [Alarm("loss", "up", loss, reference, jump)] if loss > jump else []

    def accept(self, evidence: Evidence, levels: np.ndarray) -> None:
        """Take a used update into account. levels: float64 [leaves], nats per token, NaN where unknown."""
        measured = self._measure(evidence)
        if measured is not None:
            loss, reference, base, noise = measured
            if not np.isfinite(self._start):
                self._start = max(1.0, loss / base)
                reference = max(reference, loss)
            self._above = self._above + 1 if loss > self._limit(reference, base, noise) else 0
            self._smoothed += _SMOOTHING * ((loss - reference) / base - self._smoothed)
            near = self._smoothed <= self._config["base_rise"] / 3
            self.unsound = 0 if near else self.unsound + 1
        self._best = np.fmin(self._best, levels)

    def state(self) -> dict[str, Any]:
        return {
            "best": self._best.tolist(),
            "start": self._start,
            "above": self._above,
            "smoothed": self._smoothed,
            "unsound": self.unsound,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Restore what `state` gave."""
        self._best = np.array(state["best"], dtype=np.float64)
        self._start, self._above = float(state["start"]), int(state["above"])
        self._smoothed, self.unsound = float(state["smoothed"]), int(state["unsound"])

    def _limit(self, reference: float, base: float, noise: float) -> float:
        return reference + max(float(self._config["base_rise"]) * base, _NOISE * noise)

    def _measure(self, evidence: Evidence) -> tuple[float, float, float, float] | None:
        """Nats per token over leaves that the base was measured on: loss, reference, the base's loss, and
        the standard error of an update's mean; None where most targets are of other leaves."""
        leaf, sums = evidence.segments.leaf, evidence.sums
        known = np.isfinite(self._base[leaf]) & (sums[:, 1] > 0)
        leaf, nats, tokens = leaf[known], sums[known, 0], sums[known, 1]
        total = tokens.sum()
        if total * 2 < evidence.targets or not total:
            return None
        start = self._start if np.isfinite(self._start) else 1.0
        best = np.fmin(self._base * start, self._best)
        mean = [float((tokens * per_token[leaf]).sum() / total) for per_token in (best, self._base)]
        noise = float(np.sqrt(((tokens * self._spread[leaf]) ** 2).sum()) / total)
        return float(nats.sum() / total), mean[0], mean[1], noise


def _by_leaf(leaf: np.ndarray, sums: np.ndarray, leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean nats per token of each leaf, and the standard deviation of one part; NaN where unmeasured."""
    mean, spread = np.full(leaves, np.nan), np.full(leaves, np.nan)
    for number in range(leaves):
        own_sums = sums[(leaf == number) & (sums[:, 1] > 0)]
        if not len(own_sums):
            continue
        mean[number] = own_sums[:, 0].sum() / own_sums[:, 1].sum()
        per_token = own_sums[:, 0] / own_sums[:, 1]
        least_spread = _LEAST_SPREAD * mean[number]
        spread[number] = (
            max(float(per_token.std(ddof=1)), least_spread) if len(own_sums) > 1 else least_spread
        )
    return mean, spread
