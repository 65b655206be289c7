"""Near copies of held-out documents, by exact overlap of 5-grams.

What is held out is small, so every training document is compared with all of it, without sampling
or hashing into bands. The measure is containment: which share of a document's distinct 5-grams
lies in one held-out document (Broder 1997, "On the resemblance and containment of documents").
Boilerplate is out of the sets, so that a common template is no copy.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.corpus.arrays import unique_sorted
from rewarm.text.grams.gram_sets import Runs
from rewarm.text.grams.gram_table import holds, table_of
from rewarm.text.kernel import kernel


@dataclass(frozen=True)
class HeldoutGrams:
    """grams: uint32 [n], sorted; owner: int64 [n], the held-out document of each."""

    grams: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, grams: np.ndarray, counts: np.ndarray) -> "HeldoutGrams":
        """From the distinct gram hashes of each held-out document, one after the other, and their number."""
        owner = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
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

    def copies(self, sets: Runs, overlap: float) -> tuple[np.ndarray, np.ndarray]:
        """The held-out document that holds `overlap` of each one's grams or more, or -1; and the share.

        Returns int64 and float64 [documents]. Whoever shares less with all of them together shares
        less with each, so few documents are compared one by one.
        """
        owners = np.full(len(sets.counts), -1, dtype=np.int64)
        shares = np.zeros(len(sets.counts))
        if len(self.grams):
            starts = sets.starts
            inside = np.empty(len(sets.counts), np.int64)
            _inside(sets.values, starts, sets.counts, table_of(unique_sorted(self.grams)), inside)
            for document in np.flatnonzero((inside > 0) & (inside >= overlap * sets.counts)):
                first = starts[document]
                owner, share = self.closest(sets.values[first : first + sets.counts[document]])
                if share >= overlap:
                    owners[document], shares[document] = owner, share
        return owners, shares


@kernel
def _inside(
    grams: np.ndarray, starts: np.ndarray, counts: np.ndarray, table: np.ndarray, inside: np.ndarray
) -> None:
    for document in range(len(counts)):
        shared = 0
        for position in range(starts[document], starts[document] + counts[document]):
            shared += holds(table, grams[position])
        inside[document] = shared
