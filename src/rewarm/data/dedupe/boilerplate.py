"""Over-frequent grams of a source, left out before documents are compared.

Templated documents (API references, forms, disease lists) share most of their text and differ in what
they are about; compared whole, they fall together as near-duplicates, and in a large family everyone
meets everyone. A gram is boilerplate when more than a share of a source's documents hold it, counted
over a sample that is drawn by the hash of the id, so that the order of shards and the number of workers
change nothing. It is out of the signatures of documents that it makes up more than half of, and a pair
must be alike without it too (`keep_best`).

Price: of a text that is copied, with edits, more often than that share, the copies count as a
template; some stay. The lowest number of documents keeps that away from small sources.
"""

import numpy as np

from rewarm.corpus.arrays import unique_sorted
from rewarm.text.grams.gram_sets import Runs
from rewarm.text.kernel import kernel

# Of them so many that they stay in the processor's cache.
_COUNTERS = 1 << 19


def frequent(sets: Runs, share: float, documents: int) -> np.ndarray:
    """uint32, sorted: grams that `share` of these sets hold, and at least `documents`."""
    least = max(1, documents, int(np.ceil(share * len(sets.counts))))
    ordered = np.sort(_likely(sets.values, np.zeros(_COUNTERS, np.uint32), least))
    if len(ordered) < least:
        return ordered[:0]
    # A gram stands `least` times in a row where it equals the one so many places on.
    early, late = ordered[: len(ordered) - least + 1], ordered[least - 1 :]
    repeated: np.ndarray = unique_sorted(early[early == late])
    return repeated


@kernel
def _likely(grams: np.ndarray, counters: np.ndarray, least: int) -> np.ndarray:
    """The grams that may stand `least` times: counters shared by several say cheaply that most cannot."""
    mask = np.uint32(len(counters) - 1)
    for gram in grams:
        counters[gram & mask] += np.uint32(1)
    filled = 0
    for gram in grams:
        filled += counters[gram & mask] >= least
    likely = np.empty(filled + 1, np.uint32)
    filled = 0
    for gram in grams:
        likely[filled] = gram
        filled += counters[gram & mask] >= least
    return likely[:filled]
