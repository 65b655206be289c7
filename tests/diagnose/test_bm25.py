"""Lexical nearest documents: against the plain formula, over shards, in Chinese."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from math import log1p

import numpy as np
import pyarrow as pa
import pytest

from rewarm.diagnose.attribution import bm25

WORDS = ["mast", "sail", "anchor", "rope", "deck", "hull", "keel", "oar", "buoy", "tide", "reef", "port"]


def documents(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(3, 12))) + f" n{number}" for number in range(count)]


def in_shards(texts: list[str], size: int) -> bm25.Shards:
    def shards() -> Iterator[tuple[list[str], pa.ChunkedArray]]:
        for first in range(0, len(texts), size):
            part = texts[first : first + size]
            yield [str(first + row) for row in range(len(part))], pa.chunked_array([pa.array(part)])

    return shards


def plain(query: str, texts: list[str]) -> list[float]:
    """The formula, term by term."""

    def terms(text: str) -> list[str]:
        words = text.split()
        return [*words, *(f"{a} {b}" for a, b in pairwise(words))]

    counted = [Counter(terms(text)) for text in texts]
    sizes = [len(terms(text)) for text in texts]
    mean = sum(sizes) / len(sizes)
    scores = []
    for own, size in zip(counted, sizes, strict=True):
        score = 0.0
        for term in set(terms(query)):
            frequency = sum(term in other for other in counted)
            if not 0 < frequency <= max(3, bm25.COMMON * len(texts)):
                continue
            idf = log1p((len(texts) - frequency + 0.5) / (frequency + 0.5))
            norm = bm25.K1 * (1 - bm25.B + bm25.B * size / mean)
            score += idf * own[term] * (bm25.K1 + 1) / (own[term] + norm)
        scores.append(score)
    return scores


@pytest.mark.parametrize("size", [7, 100])
def test_scores_are_those_of_the_formula_whatever_the_shards(size: int) -> None:
    texts = documents(60, 1)
    asked = ["anchor rope deck hull", texts[17], "buoy tide", "nothing known"]
    found = bm25.nearest(asked, in_shards(texts, size), 8)
    for query, hits in zip(asked, found, strict=True):
        scores = plain(query, texts)
        assert [hit.score for hit in hits] == pytest.approx(sorted(scores, reverse=True)[: len(hits)])
        assert all(hit.score == pytest.approx(scores[int(hit.document)]) for hit in hits)
    assert found[1][0].document == "17" and found[3] == []


def test_chinese_is_found_by_pairs_of_characters() -> None:
    texts = [
        "当事人应当按照约定履行义务。",
        "人民法院受理案件。",
        "天气晴朗，适合出行。",
        "合同约定的义务应当履行。",
    ] * 3
    texts = [f"{text}{number}" for number, text in enumerate(texts)]
    (hits,) = bm25.nearest(["法院受理了什么案件？"], in_shards(texts, 5), 3)
    assert {hit.document for hit in hits} == {"1", "5", "9"}


def test_no_documents_no_hits() -> None:
    assert bm25.nearest(["a", "b"], in_shards([], 5)) == [[], []]
