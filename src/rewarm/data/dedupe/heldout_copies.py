"""Near copies of held-out documents, by exact overlap of 5-grams.

What is held out is small, so every training document is compared with all of it, without sampling
or hashing into bands. The measure is containment: which share of a document's distinct 5-grams
lies in one held-out document (Broder 1997, "On the resemblance and containment of documents").
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class HeldoutGrams:
    """grams: uint64 [n], sorted; owner: int64 [n], the held-out document of each."""

    grams: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, grams_by_document: list[np.ndarray]) -> "HeldoutGrams":
        """From the distinct gram hashes of each held-out document."""
        if not grams_by_document:
            return cls(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64))
        grams = np.concatenate(grams_by_document)
        sizes = [len(part) for part in grams_by_document]
        owner = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
        order = np.argsort(grams, kind="stable")
        return cls(grams[order], owner[order])

    def closest(self, grams: np.ndarray) -> tuple[int, float]:
        """The held-out document that holds most of these distinct grams, and their share; or (-1, 0)."""
        first = np.searchsorted(self.grams, grams, side="left")
        counts = np.searchsorted(self.grams, grams, side="right") - first
        total = int(counts.sum())
        if not total:
            return -1, 0.0
        within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
        hits = np.bincount(self.owner[np.repeat(first, counts) + within])
        best = int(hits.argmax())
        return best, float(hits[best] / len(grams))
