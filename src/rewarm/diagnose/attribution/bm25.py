"""BM25 (Robertson and Zaragoza 2009) over shards of text: two passes, no index, memory for one shard.

Terms are tokens and pairs of neighbouring tokens, so that Chinese, whose tokens are single characters, has
words too. Only the terms of the queries are counted, which is what makes an index unnecessary: there are a
few thousand of them, whatever the size of the corpus. A term of more than a fifth of the documents is left
out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rewarm.text.grams import tokens

K1, B = 1.2, 0.75
COMMON = 0.2
_PAIR = np.uint64(0x9E3779B97F4A7C15)

# A shard: IDs of its documents, and their texts.
Shards = Callable[[], Iterator[tuple[list[str], pa.ChunkedArray]]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A document and its score for a query."""

    document: str
    score: float


def nearest(queries: Sequence[str], shards: Shards, most: int = 10) -> list[list[Hit]]:
    """The best documents of each query, best first.

    shards: gives the same shards each time that it is called; most: hits per query. A query without a term
    that any document has gets none.
    """
    terms, owners = _terms(pa.chunked_array([pa.array(list(queries), pa.string())]))
    wanted = np.unique(terms)
    frequency, lengths = np.zeros(len(wanted), np.int64), []
    for _, texts in shards():
        found, owner, count = _matches(texts, wanted)
        frequency += np.bincount(_distinct(found, owner)[0], minlength=len(wanted))
        lengths.append(count)
    total = sum(map(len, lengths))
    if not total:
        return [[] for _ in queries]
    mean = max(1.0, float(np.concatenate(lengths).mean()))
    idf = np.log1p((total - frequency + 0.5) / (frequency + 0.5))
    idf[(frequency == 0) | (frequency > max(3, COMMON * total))] = 0.0
    asked = [np.unique(np.searchsorted(wanted, terms[owners == number])) for number in range(len(queries))]
    best: list[list[Hit]] = [[] for _ in queries]
    for ids, texts in shards():
        found, owner, count = _matches(texts, wanted)
        term, document, times = _distinct(found, owner)
        norm = K1 * (1 - B + B * count[document] / mean)
        weight = idf[term] * times * (K1 + 1) / (times + norm)
        for number, mine in enumerate(asked):
            member = np.zeros(len(wanted), bool)
            member[mine] = True
            use = member[term]
            scores = np.bincount(document[use], weights=weight[use], minlength=len(ids))
            top = np.argsort(-scores, kind="stable")[:most]
            hits = [Hit(ids[row], float(scores[row])) for row in top if scores[row] > 0]
            best[number] = sorted([*best[number], *hits], key=lambda hit: (-hit.score, hit.document))[:most]
    return best


def _terms(texts: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """uint64: terms of all documents, and int64 the document of each."""
    found = tokens.tokens_of(texts)
    single = found.hashes.astype(np.uint64)
    owner = np.repeat(np.arange(len(found.counts)), found.counts)
    inside = owner[1:] == owner[:-1]
    pairs = (single[:-1] * _PAIR) ^ (single[1:] + np.uint64(1))
    return np.concatenate([single, pairs[inside]]), np.concatenate([owner, owner[1:][inside]])


def _matches(texts: pa.ChunkedArray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int64: numbers of the wanted terms that occur, the document of each occurrence, terms per document."""
    terms, owner = _terms(texts)
    place = np.searchsorted(wanted, terms)
    place[place == len(wanted)] = 0
    hit = wanted[place] == terms if len(wanted) else np.zeros(len(terms), bool)
    return place[hit], owner[hit], np.bincount(owner, minlength=len(texts))


def _distinct(term: np.ndarray, document: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each pair of term and document once, with its number of occurrences."""
    width = int(document.max(initial=0)) + 1
    pairs, times = np.unique(term.astype(np.int64) * width + document, return_counts=True)
    return pairs // width, pairs % width, times
