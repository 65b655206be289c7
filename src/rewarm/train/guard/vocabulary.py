"""Token counts of each leaf, to detect documents under a wrong label.

A Chinese document in an English leaf may have the usual loss: a tokenizer made for both languages gives
similar nats per token. But its tokens hardly occur in the leaf. So every leaf's tokens are counted as
accepted updates bring them, and a part of a document is compared with its leaf by its cross entropy
(a unigram model, add-half smoothing), which has nothing to do with what the model under training
knows. A repeated token is detected by its share. Token ids fall into `BUCKETS` by a hash: the counts of
64 leaves stay at 2 MB for any vocabulary, and collisions only make leaves more alike.
"""

from typing import Any

import numpy as np

BUCKETS = 4096
_SMOOTH = 0.5
_PRIME = np.uint64(2654435761)


class Vocabulary:
    """Counts of each leaf's tokens."""

    def __init__(self, leaves: int) -> None:
        self._counts = np.zeros((leaves, BUCKETS), dtype=np.int64)
        self._totals = np.zeros(leaves, dtype=np.int64)

    def costs(self, parts: tuple[np.ndarray, ...], leaf: np.ndarray) -> np.ndarray:
        """float64 [parts]: nats per token of each part under its leaf's unigrams.

        parts: token ids of each; leaf: int64 [parts].
        """
        total = {which: np.log(self._totals[which] + _SMOOTH * BUCKETS) for which in np.unique(leaf).tolist()}
        return np.array(
            [
                total[which] - np.log(self._counts[which, _bucket(part)] + _SMOOTH).mean()
                for part, which in zip(parts, leaf.tolist(), strict=True)
            ]
        )

    def accept(self, parts: tuple[np.ndarray, ...], leaf: np.ndarray) -> None:
        """Count the tokens of a used update. parts: int64 [tokens], IDs of each part; leaf: int64 [parts]."""
        for part, which in zip(parts, leaf.tolist(), strict=True):
            np.add.at(self._counts[which], _bucket(part), 1)
            self._totals[which] += len(part)

    def state(self) -> list[dict[str, list[int]]]:
        """Counts that are not zero, by leaf, for the checkpoint."""
        found = []
        for row in self._counts:
            at = np.flatnonzero(row)
            found.append({"bucket": at.tolist(), "count": row[at].tolist()})
        return found

    def load(self, state: list[Any]) -> None:
        """Restore what `state` gave."""
        self._counts[:] = 0
        for row, known in zip(self._counts, state, strict=True):
            row[known["bucket"]] = known["count"]
        self._totals = self._counts.sum(1)


def top_shares(part: np.ndarray) -> tuple[float, float]:
    """Share of the most frequent token of a part, and of the two most frequent together.

    part: uint32 [tokens], not empty.
    """
    counts = np.sort(np.unique(part, return_counts=True)[1])
    return float(counts[-1]) / len(part), float(counts[-2:].sum()) / len(part)


def _bucket(tokens: np.ndarray) -> np.ndarray:
    hashed = tokens.astype(np.uint64) * _PRIME & np.uint64(0xFFFFFFFF)
    found: np.ndarray = (hashed * np.uint64(BUCKETS) >> np.uint64(32)).astype(np.int64)
    return found
