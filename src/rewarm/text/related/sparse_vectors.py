"""Sparse vectors of documents: TF-IDF of words, and of pairs of characters in scripts without spaces.

Terms are hashes, so there is no vocabulary to hold. How many documents have a term is counted in buckets by
hash; two terms that share a bucket are weighted a little lower than they should be. Of each document the
strongest terms are kept, and the vector has length 1. Memory is 8 bytes per term and document, whatever the
length of the texts; texts are read twice.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from rewarm.text.grams.tokens import MULTIPLIER, Tokens, mixed
from rewarm.text.kernel import kernel

TERMS = 32
"""Strongest terms that are kept of a document."""
_BUCKETS = 1 << 23
_ALONE_BITS = 1 << 24
# Characters that are tokens by themselves (`text/grams/kinds.py`).
_ALONE = ((0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x3040, 0x30FF), (0x0E00, 0x109F), (0x1780, 0x17FF),
          (0xF900, 0xFAFF), (0x20000, 0x3FFFF))  # fmt: skip


@dataclass(frozen=True)
class Vectors:
    """terms: uint32 [documents, TERMS], the strongest first, 0 for none; weights: float32, rows of length
    1."""

    terms: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.terms)

    def of(self, documents: np.ndarray) -> "Vectors":
        """Those of some documents, int64, in the order given."""
        return Vectors(self.terms[documents], self.weights[documents])


class Frequencies:
    """In how many documents each term is. documents: counted so far."""

    def __init__(self) -> None:
        self.documents = 0
        self._counts = np.zeros(_BUCKETS, dtype=np.int32)

    def add(self, tokens: Tokens) -> None:
        """Count the terms of these documents."""
        self.documents += len(tokens.counts)
        _count(tokens.hashes, tokens.counts, _alone_characters(), self._counts)

    def weights(self) -> np.ndarray:
        """float32 [buckets]: the inverse document frequency; 0 for a term of one document, or of all."""
        with np.errstate(divide="ignore"):
            found = np.log(self.documents / self._counts.astype(np.float64))
        found[self._counts < 2] = 0
        return np.maximum(found, 0).astype(np.float32)


def vectors(tokens: Tokens, inverse_frequencies: np.ndarray) -> Vectors:
    """The vectors of documents. inverse_frequencies: of `Frequencies.weights`."""
    documents = len(tokens.counts)
    terms = np.zeros((documents, TERMS), dtype=np.uint32)
    weights = np.zeros((documents, TERMS), dtype=np.float32)
    _fill(tokens.hashes, tokens.counts, _alone_characters(), inverse_frequencies, terms, weights)
    return Vectors(terms, weights)


@cache
def _alone_characters() -> np.ndarray:
    """bool [2^24]: whether a token's hash, without its low byte, is that of a character by itself. One word
    in a hundred looks like one."""
    codes = np.concatenate([np.arange(first, last + 1, dtype=np.uint64) for first, last in _ALONE])
    found = np.zeros(_ALONE_BITS, dtype=np.bool_)
    _mark(codes, found)
    return found


@kernel
def _mark(codes: np.ndarray, found: np.ndarray) -> None:
    for code in codes:
        found[mixed((code + np.uint64(1)) * MULTIPLIER) >> np.uint64(40)] = True


@kernel
def _terms(tokens: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Sorted, with repeats; 0 is no term."""
    found = np.empty(len(tokens), np.uint32)
    count = 0
    for at in range(len(tokens)):
        term = tokens[at]
        if alone[term >> np.uint32(8)]:
            if at + 1 == len(tokens) or not alone[tokens[at + 1] >> np.uint32(8)]:
                continue
            pair = np.uint64(term) * MULTIPLIER + np.uint64(tokens[at + 1])
            term = np.uint32(mixed(pair) >> np.uint64(32))
        if term:
            found[count] = term
            count += 1
    found = found[:count]
    found.sort()
    return found


@kernel
def _count(hashes: np.ndarray, counts: np.ndarray, alone: np.ndarray, buckets: np.ndarray) -> None:
    start = 0
    for count in counts:
        terms = _terms(hashes[start : start + count], alone)
        start += count
        for at in range(len(terms)):
            if at == 0 or terms[at] != terms[at - 1]:
                buckets[terms[at] % np.uint32(len(buckets))] += 1


@kernel
def _fill(
    hashes: np.ndarray, counts: np.ndarray, alone: np.ndarray, inverse: np.ndarray, out: np.ndarray,
    weights: np.ndarray,
) -> None:  # fmt: skip
    start = 0
    for document in range(len(counts)):
        terms = _terms(hashes[start : start + counts[document]], alone)
        start += counts[document]
        distinct = np.empty(len(terms), np.uint32)
        weight = np.empty(len(terms), np.float32)
        number, at = 0, 0
        while at < len(terms):
            end = at
            while end < len(terms) and terms[end] == terms[at]:
                end += 1
            value = inverse[terms[at] % np.uint32(len(inverse))] * np.float32(1 + np.log(end - at))
            if value > 0:
                distinct[number], weight[number] = terms[at], value
                number += 1
            at = end
        # A stable sort: of equal weights, the term with the least hash is stronger.
        strongest = np.argsort(-weight[:number], kind="mergesort")[: out.shape[1]]
        square = 0.0
        for place in strongest:
            square += weight[place] * weight[place]
        for rank in range(len(strongest)):
            out[document, rank] = distinct[strongest[rank]]
            weights[document, rank] = weight[strongest[rank]] / np.sqrt(square)
