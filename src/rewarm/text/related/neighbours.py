"""Nearest documents by cosine of sparse vectors, in time that grows with the number of documents.

An inverted index compares each document with all that share a term, which is quadratic for common terms.
Here a posting list is sorted so that documents which also share their next strongest terms lie together, and
a document is compared only with those near it in the lists of its own strongest terms: all of a short list, a
window of a long one. Each round sorts the lists by other terms. A last round compares each document with the
neighbours of its neighbours, as in NN-descent (Dong, Moses and Li 2011): what a window missed is usually
near something that it found. Every pair that is looked at is compared exactly.

Cost per document is constant, and so is memory: about 1.2 kB with 20 neighbours. Documents are first
numbered by their strongest terms, so that those compared lie near each other in memory too.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from rewarm.engine.work import cores
from rewarm.text.kernel import kernel
from rewarm.text.related.sparse_vectors import Vectors

_LISTS = 12  # posting lists that a document is looked up in; of few documents, all
_FEW = 5000
_WINDOW = 24  # documents to either side of it in a list
_ROUNDS = 2
_SLOTS = 1 << 12
_SLICES = 8  # that each thread takes: it marks documents in an array as long as all of them


@dataclass(frozen=True)
class Neighbours:
    """documents: int32 [documents, count], the nearest first, -1 for none; similarity: float32, their
    cosine."""

    documents: np.ndarray
    similarity: np.ndarray

    def __len__(self) -> int:
        return len(self.documents)


def nearest(vectors: Vectors, count: int, least: float) -> Neighbours:
    """The nearest documents of each, of those with a cosine of at least `least`, a number above 0.

    Approximate: `make bench NAME=order` measures how many of the exact ones are found.
    """
    documents = len(vectors)
    order = np.lexsort(tuple(vectors.terms[:, rank] for rank in (2, 1, 0)))
    terms, weights = vectors.terms[order], vectors.weights[order]
    found = np.full((documents, count), -1, dtype=np.int32)
    similarity = np.zeros((documents, count), dtype=np.float32)
    similarity[:] = np.float32(least) - np.finfo(np.float32).eps
    for number in range(_ROUNDS):
        lists = _posting_lists(terms, number)
        _in_slices(documents, _search, terms, weights, *lists, _WINDOW, found, similarity)
        del lists
    known = found.copy()
    _in_slices(documents, _descend, terms, weights, known, found, similarity)
    ranked = np.argsort(-similarity, axis=1, kind="stable")
    found, similarity = np.take_along_axis(found, ranked, 1), np.take_along_axis(similarity, ranked, 1)
    similarity[found < 0] = 0
    # Back to the numbers of the caller.
    back = np.concatenate([order, [-1]]).astype(np.int32)[found]
    out = Neighbours(np.empty_like(found), np.empty_like(similarity))
    out.documents[order], out.similarity[order] = back, similarity
    return out


def cosine(vectors: Vectors, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """float32 [pairs]: the cosine of pairs of documents, int64 each."""
    found = np.empty(len(first), dtype=np.float32)
    _cosines(vectors.terms, vectors.weights, first.astype(np.int64), second.astype(np.int64), found)
    return found


def _posting_lists(terms: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Term and document of every entry, uint32 and int32 [entries], sorted; and the entry of each document
    and term, int32 [documents, lists], -1 for none. number: of the round."""
    lists = _LISTS if len(terms) > _FEW else terms.shape[1]
    strongest = terms[:, :lists]
    # The term that decides the place in a list: the strongest other one, in the next round the one after it.
    keys = np.empty((len(terms), lists), dtype=np.uint64)
    for rank in range(lists):
        other = number + (rank <= number)
        after = (other + 1) + (other + 1 == rank)
        near = (terms[:, other] & np.uint32(0xFFFF0000)) | (terms[:, after] >> np.uint32(16))
        keys[:, rank] = (strongest[:, rank].astype(np.uint64) << np.uint64(32)) | near
    flat = keys.reshape(-1)
    entries = np.flatnonzero(strongest.reshape(-1)).astype(np.int32)
    entries = entries[np.argsort(flat[entries], kind="stable")]
    term = (flat[entries] >> np.uint64(32)).astype(np.uint32)
    del flat, keys
    place = np.full(strongest.size, -1, dtype=np.int32)
    place[entries] = np.arange(len(entries), dtype=np.int32)
    return term, entries // np.int32(lists), place.reshape(len(terms), lists)


def _in_slices(documents: int, function, *arguments: object) -> None:  # type: ignore[no-untyped-def]
    def slices() -> Iterator[tuple[int, int]]:
        size = max(1, -(-documents // (_SLICES * cores())))
        for first in range(0, documents, size):
            yield first, min(first + size, documents)

    with ThreadPoolExecutor(cores()) as threads:
        for done in [threads.submit(function, first, stop, *arguments) for first, stop in slices()]:
            done.result()


@kernel
def _set_query(terms: np.ndarray, weights: np.ndarray, slots: np.ndarray, values: np.ndarray) -> None:
    for at in range(len(terms)):
        if terms[at] == 0:
            break
        slot = terms[at] % np.uint32(len(slots))
        while slots[slot]:
            slot = (slot + np.uint32(1)) % np.uint32(len(slots))
        slots[slot], values[slot] = terms[at], weights[at]


@kernel
def _clear_query(terms: np.ndarray, slots: np.ndarray) -> None:
    for term in terms:
        slot = term % np.uint32(len(slots))
        while slots[slot]:
            slots[slot] = 0
            slot = (slot + np.uint32(1)) % np.uint32(len(slots))


@kernel
def _dot(terms: np.ndarray, weights: np.ndarray, slots: np.ndarray, values: np.ndarray) -> np.float32:
    total = np.float32(0)
    for at in range(len(terms)):
        term = terms[at]
        if term == 0:
            break
        slot = term % np.uint32(len(slots))
        while slots[slot]:
            if slots[slot] == term:
                total += values[slot] * weights[at]
                break
            slot = (slot + np.uint32(1)) % np.uint32(len(slots))
    return total


@kernel
def _offer(candidate: int, value: np.float32, found: np.ndarray, similarity: np.ndarray) -> None:
    """Replace the least similar neighbour if the candidate is nearer. Ties go to the lower number."""
    worst = 0
    for at in range(1, len(found)):
        if similarity[at] < similarity[worst] or (
            similarity[at] == similarity[worst] and found[at] > found[worst]
        ):
            worst = at
    if value > similarity[worst] or (value == similarity[worst] and 0 <= candidate < found[worst]):
        found[worst], similarity[worst] = candidate, value


@kernel
def _search(
    first: int, stop: int, terms: np.ndarray, weights: np.ndarray, list_term: np.ndarray,
    list_document: np.ndarray, place: np.ndarray, window: int, found: np.ndarray, similarity: np.ndarray,
) -> None:  # fmt: skip
    slots, values = np.zeros(_SLOTS, np.uint32), np.zeros(_SLOTS, np.float32)
    seen = np.full(len(terms), -1, np.int32)
    for document in range(first, stop):
        seen[document] = document
        for known in found[document]:
            if known >= 0:
                seen[known] = document
        _set_query(terms[document], weights[document], slots, values)
        for rank in range(place.shape[1]):
            own = place[document, rank]
            if own < 0:
                continue
            for step in (-1, 1):
                at = own + step
                while (
                    0 <= at < len(list_term) and abs(at - own) <= window and list_term[at] == list_term[own]
                ):
                    candidate = list_document[at]
                    at += step
                    if seen[candidate] == document:
                        continue
                    seen[candidate] = document
                    value = _dot(terms[candidate], weights[candidate], slots, values)
                    _offer(candidate, value, found[document], similarity[document])
        _clear_query(terms[document], slots)


@kernel
def _descend(
    first: int, stop: int, terms: np.ndarray, weights: np.ndarray, known: np.ndarray, found: np.ndarray,
    similarity: np.ndarray,
) -> None:  # fmt: skip
    slots, values = np.zeros(_SLOTS, np.uint32), np.zeros(_SLOTS, np.float32)
    seen = np.full(len(terms), -1, np.int32)
    for document in range(first, stop):
        seen[document] = document
        for near in known[document]:
            if near >= 0:
                seen[near] = document
        _set_query(terms[document], weights[document], slots, values)
        for near in known[document]:
            if near < 0:
                continue
            for candidate in known[near]:
                if candidate < 0 or seen[candidate] == document:
                    continue
                seen[candidate] = document
                value = _dot(terms[candidate], weights[candidate], slots, values)
                _offer(candidate, value, found[document], similarity[document])
        _clear_query(terms[document], slots)


@kernel
def _cosines(
    terms: np.ndarray, weights: np.ndarray, first: np.ndarray, second: np.ndarray, out: np.ndarray
) -> None:
    slots, values = np.zeros(_SLOTS, np.uint32), np.zeros(_SLOTS, np.float32)
    for pair in range(len(first)):
        one, other = first[pair], second[pair]
        _set_query(terms[one], weights[one], slots, values)
        out[pair] = _dot(terms[other], weights[other], slots, values)
        _clear_query(terms[one], slots)
