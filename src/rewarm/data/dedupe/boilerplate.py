"""Over-frequent grams of a source, left out before documents are compared.

Templated documents (API references, forms, statutes' formulas) share most of their text and differ
in what they are about; compared whole, they fall together as near-duplicates. A gram is boilerplate
when more than a share of a source's documents hold it, counted over a sample that is drawn by the
hash of the id, so that the order of shards and the number of workers change nothing. A document
that has nothing but boilerplate is compared whole.

Price: of a text that is copied, with edits, more often than that share, the copies count as a
template; they stay. The lowest number of documents keeps that away from small sources.
"""

from dataclasses import replace

import numpy as np

from rewarm.corpus.kernel import kernel
from rewarm.data.dedupe.gram_sets import GramSets
from rewarm.data.dedupe.gram_table import holds, table_of


def frequent(sets: GramSets, share: float, documents: int) -> np.ndarray:
    """uint32, sorted: grams that `share` of these sets hold, and at least `documents`."""
    ordered = np.sort(sets.grams)
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.empty(0, int)
    times = np.diff(np.r_[starts, len(ordered)])
    found: np.ndarray = ordered[starts[times >= max(documents, share * len(sets.counts))]]
    return found


def without(sets: GramSets, frequent: np.ndarray) -> GramSets:
    """The sets without these grams; a set that has no others stays whole."""
    if not len(frequent):
        return sets
    grams = np.empty_like(sets.grams)
    counts = np.empty_like(sets.counts)
    filled = _without(sets.grams, sets.starts, sets.counts, table_of(frequent), grams, counts)
    return replace(sets, counts=counts, grams=grams[:filled].copy())


@kernel
def _without(
    grams: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    table: np.ndarray,
    kept: np.ndarray,
    kept_counts: np.ndarray,
) -> int:
    filled = 0
    for document in range(len(counts)):
        first = filled
        own = grams[starts[document] : starts[document] + counts[document]]
        for gram in own:
            if not holds(table, gram):
                kept[filled] = gram
                filled += 1
        if filled == first:
            for gram in own:
                kept[filled] = gram
                filled += 1
        kept_counts[document] = filled - first
    return filled
