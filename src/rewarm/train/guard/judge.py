"""Decide whether an update is safe to apply, before the optimizer step.

Checked are the loss, the gradient norm, the loss of every leaf and of every document part, each up and down:
a loss that falls to zero is as suspect as one that jumps. Leaves and documents are compared with the history
of their leaf, per token and per byte. A document is also compared with the tokens of its leaf
(`vocabulary.py`): one in another language than its label says may have the same loss. An alarm needs both:
`deviations` robust deviations, and a change that matters by itself.

The history holds accepted updates only, starts fresh with every stage, and is part of the checkpoint.
"""

from collections.abc import Sequence
from math import isfinite, log
from typing import Any

import numpy as np

from rewarm.train.guard.alarm import Alarm
from rewarm.train.guard.anchor import Anchor
from rewarm.train.guard.document_costs import DocumentCosts
from rewarm.train.guard.evidence import Evidence
from rewarm.train.guard.vocabulary import Vocabulary, top_shares
from rewarm.train.guard.windows import Pools, Windows

_PARTS = 4  # documents from which on the loss of a leaf or an update is treated as a mean
# Shares of the most frequent token, and of the two most frequent: of 51,358 parts of real documents of 13
# corpora none had more than 0.56 and 0.68.
_ONE_TOKEN, _TWO_TOKENS = 0.8, 0.95


class Guard:
    """The statistics of a run, and the judgement of its updates.

    config: the recipe's `guard`; base: leaf and sums of held-out documents under the base (`anchor.read`).
    Without it the first `warmup` updates are judged by their data alone. channels: the leaves of each; a leaf
    with too little history is judged by its channels.
    """

    def __init__(
        self,
        leaves: int,
        config: dict[str, Any],
        base: tuple[np.ndarray, np.ndarray] | None = None,
        channels: Sequence[Sequence[int]] = (),
    ) -> None:
        self._config = config
        self._leaves = leaves
        self._stage = ""
        # loss beyond what the update's leaves usually cost, log of the gradient norm; then nats per token
        # and per byte of each leaf
        self._windows = Windows(2 + 2 * leaves, config["window"])
        self._documents = DocumentCosts(leaves, channels, config["window"])
        # The tokens of a leaf do not depend on the stage.
        self._vocabulary = Vocabulary(leaves)
        self._words = Pools(leaves, 4 * config["window"])
        leaf, sums = base or (np.empty(0, dtype=np.int64), np.empty((0, 3)))
        self._anchor = Anchor(leaf, sums, leaves, config)
        self._documents.accept(leaf, self._costs(sums))

    @property
    def unsound(self) -> int:
        """Accepted updates since the loss was last near the base's or the best level reached."""
        return self._anchor.unsound

    def enter(self, stage: str) -> None:
        """Each stage has its own mix and learning rate, so its statistics start fresh.

        The first stage keeps what the base costs on held-out documents: its weights are the base's.
        """
        if stage != self._stage:
            if self._stage:
                self._documents.clear()
            self._stage = stage
            self._windows.clear()
            self._anchor.enter()

    def judge(self, evidence: Evidence) -> list[Alarm]:
        """The alarms that the update raises; empty when it may be used."""
        if not (isfinite(evidence.loss) and isfinite(evidence.norm)):
            value = evidence.loss if not isfinite(evidence.loss) else evidence.norm
            bad = np.flatnonzero(~np.isfinite(evidence.sums[:, 0]))
            documents = [
                Alarm(
                    "document",
                    "non_finite",
                    float("nan"),
                    0,
                    0,
                    int(evidence.segments.leaf[segment]),
                    int(segment),
                )
                for segment in bad
            ]
            return [Alarm("non_finite", "", value, 0.0, 0.0), *documents]
        if not self._config["enabled"]:
            return []
        return [
            *self._anchor.judge(evidence),
            *self._trends(evidence),
            *self._parts(evidence),
            *self._unlike(evidence),
        ]

    def accept(self, evidence: Evidence) -> None:
        """Add a used update to the history."""
        expected, _ = self._windows.expected(self._config["warmup"], self._present(evidence))
        self._windows.accept(self._series(evidence, expected))
        self._anchor.accept(evidence, self._levels(evidence))
        self._documents.accept(evidence.segments.leaf, self._costs(evidence.sums))
        self._documents.end_update()
        leaf, enough = evidence.segments.leaf, self._enough(evidence)
        costs = self._vocabulary.costs(evidence.segments.tokens, leaf)
        self._words.accept(leaf[enough], costs[enough])
        self._vocabulary.accept(evidence.segments.tokens, leaf)

    def state(self) -> dict[str, Any]:
        return {
            "stage": self._stage,
            "windows": self._windows.state(),
            "documents": self._documents.state(),
            "vocabulary": self._vocabulary.state(),
            "words": self._words.state(),
            "anchor": self._anchor.state(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Restore what `state` gave."""
        self._stage = state["stage"]
        self._windows.load(state["windows"])
        self._documents.load(state["documents"])
        self._vocabulary.load(state["vocabulary"])
        self._words.load(state["words"])
        self._anchor.load(state["anchor"])

    def _present(self, evidence: Evidence) -> np.ndarray:
        """int64: numbers of the series that the update has values of: loss, norm, its leaves."""
        leaves = 2 + np.unique(evidence.segments.leaf)
        return np.concatenate([[0, 1], leaves, leaves + self._leaves])

    def _levels(self, evidence: Evidence) -> np.ndarray:
        """float64 [leaves]: nats per token of the update's leaves, NaN for the others."""
        leaves = np.unique(evidence.segments.leaf)
        found = np.full(self._leaves, np.nan)
        found[leaves] = self._windows.levels(self._config["warmup"], 2 + leaves)
        return found

    def _trends(self, evidence: Evidence) -> list[Alarm]:
        config = self._config
        expected, scale = self._windows.expected(config["warmup"], self._present(evidence))
        values = self._series(evidence, expected)
        floor = config["loss_change"] * np.abs(expected)
        usual_loss = evidence.loss - values[0]
        floor[0] = config["loss_change"] * abs(usual_loss)
        floor[1] = log(config["norm_factor"])
        if np.count_nonzero(self._enough(evidence)) < _PARTS:
            floor[0] *= 2
        # A leaf has few documents in an update, so its loss varies more.
        floor[2:] *= 2
        limit = np.maximum(config["deviations"] * scale, floor)
        with np.errstate(invalid="ignore"):
            beyond = np.flatnonzero((np.abs(values - expected) > limit) & self._judged(evidence))
        alarms = []
        for series in beyond:
            up = values[series] > expected[series]
            kind = "loss" if series == 0 else "grad_norm" if series == 1 else "leaf"
            seen, usual = float(values[series]), float(expected[series])
            edge = usual + (1 if up else -1) * float(limit[series])
            if series == 0:  # reported as a loss, not as the excess over the mix
                seen, usual, edge = (value + usual_loss for value in (seen, usual, edge))
            if series == 1:
                seen, usual, edge = (float(np.exp(value)) for value in (seen, usual, edge))
            leaf = (int(series) - 2) % self._leaves if series >= 2 else -1
            alarms.append(Alarm(kind, "up" if up else "down", seen, usual, edge, leaf))
        return alarms

    def _parts(self, evidence: Evidence) -> list[Alarm]:
        config = self._config
        values = self._costs(evidence.sums).T.reshape(-1)
        middle, scale = self._documents.usual(evidence.segments.leaf, 2 * config["warmup"])
        usual, spread = middle.T.reshape(-1), config["deviations"] * scale.T.reshape(-1)
        factor = np.repeat(
            [config["document_factor"], config["document_byte_factor"]], len(evidence.segments)
        )
        with np.errstate(invalid="ignore"):
            up = values > np.maximum(usual + spread, usual * factor)
            # Downwards deviations mean little: losses are bounded by zero. Half of the usual loss is common;
            # a part with almost no loss is a repetition or a copy.
            down = values < usual / config["document_factor"] ** 3
        alarms = []
        count = len(evidence.segments)
        for cell in np.flatnonzero(up | down):
            edge = max(usual[cell] + spread[cell], usual[cell] * factor[cell])
            edge = edge if up[cell] else usual[cell] / config["document_factor"] ** 3
            segment = int(cell) % count
            alarms.append(
                Alarm(
                    "document",
                    "up" if up[cell] else "down",
                    float(values[cell]),
                    float(usual[cell]),
                    float(edge),
                    int(evidence.segments.leaf[segment]),
                    segment,
                )
            )
        return alarms

    def _unlike(self, evidence: Evidence) -> list[Alarm]:
        """Parts whose tokens are unlike those of their leaf, or nearly all the same."""
        config, segments = self._config, evidence.segments
        usual, scale = self._words.usual(segments.leaf, 2 * config["warmup"])
        costs = self._vocabulary.costs(segments.tokens, segments.leaf)
        limit = np.maximum(config["deviations"] * scale, config["words_change"])
        alarms = []
        for segment in np.flatnonzero(self._enough(evidence)):
            leaf, cost = int(segments.leaf[segment]), float(costs[segment])
            expected, edge = float(usual[segment]), float(limit[segment])
            one, two = top_shares(segments.tokens[segment])
            if one > _ONE_TOKEN or two > _TWO_TOKENS:
                share, limit_of = (one, _ONE_TOKEN) if one > _ONE_TOKEN else (two, _TWO_TOKENS)
                alarms.append(Alarm("repeat", "up", share, 0.0, limit_of, leaf, int(segment)))
            elif abs(cost - expected) > edge:
                sign = 1 if cost > expected else -1
                direction = "up" if sign > 0 else "down"
                alarms.append(
                    Alarm("words", direction, cost, expected, expected + sign * edge, leaf, int(segment))
                )
        return alarms

    def _enough(self, evidence: Evidence) -> np.ndarray:
        """bool [parts]: those that are long enough to be judged."""
        enough: np.ndarray = evidence.sums[:, 1] >= self._config["document_tokens"]
        return enough

    def _judged(self, evidence: Evidence) -> np.ndarray:
        """bool [series]: those that are judged; a leaf with fewer than `_PARTS` documents is not."""
        whole = evidence.segments.leaf[self._enough(evidence)]
        parts = np.bincount(whole, minlength=self._leaves)
        return np.concatenate([[True, True], parts >= _PARTS, parts >= _PARTS])

    def _series(self, evidence: Evidence, expected: np.ndarray) -> np.ndarray:
        table = evidence.leaves(self._leaves)
        with np.errstate(invalid="ignore", divide="ignore"):
            enough = table[:, 1] >= self._config["document_tokens"]
            tokens = np.where(enough, table[:, 0] / table[:, 1], np.nan)
            size = np.where(enough, table[:, 0] / table[:, 2], np.nan)
        norm = log(max(evidence.norm, 1e-30))
        return np.concatenate([[self._beyond_mix(evidence, table, expected), norm], tokens, size])

    def _beyond_mix(self, evidence: Evidence, table: np.ndarray, expected: np.ndarray) -> float:
        """Nats per token more than these leaves usually cost in this mix.

        The loss depends on the mix of languages in the update, which is no spike. Leaves without history are
        left out; NaN where they are most of the update.
        """
        usual = expected[2 : 2 + self._leaves]
        known = ~np.isnan(usual) & (table[:, 1] > 0)
        count = table[known, 1].sum()
        if count * 2 < evidence.targets or not count:
            return float("nan")
        return float((table[known, 0].sum() - (table[known, 1] * usual[known]).sum()) / count)

    def _costs(self, sums: np.ndarray) -> np.ndarray:
        """float64 [parts, 2]: nats per token and per byte of every document part; NaN for short ones."""
        with np.errstate(invalid="ignore", divide="ignore"):
            enough = sums[:, 1] >= self._config["document_tokens"]
            tokens = np.where(enough, sums[:, 0] / sums[:, 1], np.nan)
            size = np.where(enough & (sums[:, 2] > 0), sums[:, 0] / sums[:, 2], np.nan)
        return np.stack([tokens, size], axis=1)
