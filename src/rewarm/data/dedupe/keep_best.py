"""Which of the candidates stay: nobody is dropped but for a kept document that it truly resembles.

Documents come in the order of what to prefer. Each is compared with the kept documents in its
buckets; the first that reaches the threshold in true Jaccard similarity takes it in, otherwise it
is kept. So no chain of small steps joins documents that differ (union-find over unverified pairs
made one cluster of thousands), every dropped document names a kept one beside it, and no two kept
candidates are closer than the threshold. Comparing with all that are kept and not only with a
bucket's first is what keeps recall. The greedy choice depends on the order of preference alone.

Templates are not copies: of what is no boilerplate a pair must share half, and be about the same
thing (`same_subject`).

Cost: sketches of one byte a permutation turn most comparisons away; those within four standard
errors of the threshold are settled on the sets.
"""

import math
from dataclasses import dataclass

import numpy as np

from rewarm.data.dedupe.same_subject import same_subject
from rewarm.text.kernel import kernel

# Of the grams of both that are no boilerplate.
_OWN = 0.5
# Kept documents of one bucket that a document is held against: bounds the cost on degenerate text.
_MOST = 20_000


@dataclass(frozen=True)
class Candidates:
    """In order of preference. buckets: int32 [candidates, bands], -1 for none; sketches: uint8
    [candidates, permutations]; partial: bool [candidates], boilerplate is out of the sketch; starts,
    counts, own: int64 and int32, each set's place in `grams`, uint32, and its grams that are no
    boilerplate, which stand first; token_starts, token_counts, tokens: likewise the vocabularies."""

    buckets: np.ndarray
    sketches: np.ndarray
    partial: np.ndarray
    starts: np.ndarray
    counts: np.ndarray
    own: np.ndarray
    grams: np.ndarray
    token_starts: np.ndarray
    token_counts: np.ndarray
    tokens: np.ndarray


def keep_best(candidates: Candidates, threshold: float, fixed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The kept candidate that stands for each, int64, and their similarity, float64 [candidates].

    fixed: the first so many stay without a question (a base corpus). A kept document stands for
    itself with similarity 1.
    """
    buckets, counts = candidates.buckets, candidates.counts
    stands = np.arange(len(buckets), dtype=np.int64)
    similarity = np.ones(len(buckets))
    most = int(max(counts.max(), candidates.token_counts.max())) if len(buckets) else 0
    table = np.zeros(max(16, 1 << (2 * most).bit_length()), np.uint64)
    total = int(buckets.max()) + 1 if buckets.size else 0
    permutations = candidates.sketches.shape[1]
    _keep_best(
        buckets, candidates.sketches, candidates.partial, candidates.starts, counts, candidates.own,
        candidates.grams, candidates.token_starts, candidates.token_counts, candidates.tokens, threshold,
        min(_OWN, threshold), _agreeing(threshold, permutations),
        _agreeing(min(_OWN, threshold), permutations), fixed, table,
        np.empty(most, np.bool_), np.full(total, -1, np.int64), np.full(buckets.size, -1, np.int64),
        stands, similarity,
    )  # fmt: skip
    return stands, similarity


def _agreeing(similarity: float, permutations: int) -> int:
    """Equal bytes of two sketches that sets of this similarity have at the very least."""
    lowest = max(similarity - 4 * math.sqrt(similarity * (1 - similarity) / permutations), 0.0)
    # A byte of two different minima is equal once in 256.
    return int((lowest + (1 - lowest) / 256) * permutations)


@kernel
def _keep_best(
    buckets: np.ndarray,
    sketches: np.ndarray,
    partial: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    own: np.ndarray,
    grams: np.ndarray,
    token_starts: np.ndarray,
    token_counts: np.ndarray,
    tokens: np.ndarray,
    threshold: float,
    own_threshold: float,
    agreeing: int,
    agreeing_partly: int,
    fixed: int,
    table: np.ndarray,
    hit: np.ndarray,
    head: np.ndarray,
    following: np.ndarray,
    stands: np.ndarray,
    similarity: np.ndarray,
) -> None:
    bands = buckets.shape[1]
    seen = np.full(len(buckets), -1, np.int64)
    near = np.empty(len(buckets), np.int64)
    agreed = np.empty(len(buckets), np.int64)
    subjects = np.zeros(len(table), np.uint64)
    compared = 0
    for document in range(len(buckets)):
        near_count = 0
        if document >= fixed:
            for band in range(bands):
                bucket = buckets[document, band]
                node = head[bucket] if bucket >= 0 else -1
                looked = 0
                while node >= 0 and looked < _MOST:
                    looked += 1
                    other = node // bands
                    node = following[node]
                    if seen[other] == document:
                        continue
                    seen[other] = document
                    smaller = min(counts[document], counts[other])
                    # Sets so different in size cannot reach the threshold.
                    if smaller < threshold * max(counts[document], counts[other]):
                        continue
                    same = 0
                    for permutation in range(sketches.shape[1]):
                        same += sketches[document, permutation] == sketches[other, permutation]
                    partly = partial[document] or partial[other]
                    if same >= (agreeing_partly if partly else agreeing):
                        near[near_count] = other
                        agreed[near_count] = same
                        near_count += 1
        if near_count:
            mask = _enter(table, grams, starts[document], counts[document], document)
            content = own[document]
        while near_count:
            best = 0
            for place in range(1, near_count):
                better = agreed[place] > agreed[best]
                if better or (agreed[place] == agreed[best] and near[place] < near[best]):
                    best = place
            other = near[best]
            # Boilerplate is the same in both, so a shared gram is no boilerplate in either or in both.
            shared_own = _shared(table, mask, grams, starts[other], own[other], document)
            shared = shared_own + _shared(
                table, mask, grams, starts[other] + own[other], counts[other] - own[other], document
            )
            value = shared / max(1, counts[document] + counts[other] - shared)
            alike = value >= threshold and shared_own >= own_threshold * (content + own[other] - shared_own)
            if alike:
                if compared == 0xFFFFFFFF:
                    subjects[:] = 0
                    compared = 0
                compared += 1
                ours = tokens[token_starts[document] : token_starts[document] + token_counts[document]]
                theirs = tokens[token_starts[other] : token_starts[other] + token_counts[other]]
                wanted = 16
                while wanted < 2 * len(ours):
                    wanted *= 2
                alike = same_subject(ours, theirs, value, subjects[:wanted], compared, hit)
            if alike:
                stands[document] = other
                similarity[document] = value
                break
            near_count -= 1
            near[best] = near[near_count]
            agreed[best] = agreed[near_count]
        if stands[document] == document:
            for band in range(bands):
                bucket = buckets[document, band]
                if bucket >= 0:
                    node = document * bands + band
                    following[node] = head[bucket]
                    head[bucket] = node


@kernel
def _enter(table: np.ndarray, grams: np.ndarray, start: int, count: int, document: int) -> int:
    """Write a set into the table, marked by its document; the mask of the part that it uses."""
    wanted = 16
    while wanted < 2 * count:
        wanted *= 2
    mask = np.uint64(wanted - 1)
    stamp = np.uint64(document + 1) << np.uint64(32)
    for position in range(start, start + count):
        gram = np.uint64(grams[position])
        place = gram & mask
        while (table[place] >> np.uint64(32)) == (stamp >> np.uint64(32)):
            place = (place + np.uint64(1)) & mask
        table[place] = stamp | gram
    return wanted - 1


@kernel
def _shared(table: np.ndarray, mask: int, grams: np.ndarray, start: int, count: int, document: int) -> int:
    """How many of a set's grams are in the table under this document's mark."""
    limit = np.uint64(mask)
    stamp = np.uint64(document + 1)
    shared = 0
    for position in range(start, start + count):
        gram = np.uint64(grams[position])
        entry = (stamp << np.uint64(32)) | gram
        place = gram & limit
        while (table[place] >> np.uint64(32)) == stamp and table[place] != entry:
            place = (place + np.uint64(1)) & limit
        shared += table[place] == entry
    return shared
