"""Vectors against TF-IDF in plain Python."""

import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from rewarm.text.grams.tokens import tokens_of
from rewarm.text.related import sparse_vectors

TEXTS = [
    "The lease ends when the tenant leaves the house.",
    "The tenant pays the lease each month; the house stays the owner's.",
    "合同当事人应当履行义务",
    "当事人解除合同的，应当通知对方",
    "Cells divide, and a cell that divides too often is cancer.",
    "x",
]


def terms(text: str) -> list[str]:
    """Words, and pairs of Chinese characters."""
    found, word, before = [], "", ""
    for character in text.lower() + " ":
        han = "一" <= character <= "鿿"
        if not han and character.isalnum():
            word += character
            continue
        if word:
            found.append(word)
        if han and before:
            found.append(before + character)
        # Punctuation stands between no two characters.
        word, before = "", character if han else before if not character.isalnum() and not word else ""
    return found


def vectors() -> sparse_vectors.Vectors:
    tokens = tokens_of(pa.chunked_array([TEXTS]))
    frequencies = sparse_vectors.Frequencies()
    frequencies.add(tokens)
    return sparse_vectors.vectors(tokens, frequencies.weights())


def test_vectors_are_tf_idf_of_words_and_pairs_of_characters() -> None:
    counts = [Counter(terms(text)) for text in TEXTS]
    documents = Counter(term for count in counts for term in count)
    found = vectors()
    for row, count in enumerate(counts):
        expected = [
            (1 + math.log(times)) * math.log(len(TEXTS) / documents[term])
            for term, times in count.items()
            if documents[term] > 1
        ]
        length = math.sqrt(sum(weight**2 for weight in expected)) or 1
        weights = found.weights[row][found.terms[row] > 0]
        expected = sorted(weight / length for weight in expected)
        assert sorted(weights.tolist()) == pytest.approx(expected, abs=1e-5)
        assert weights.tolist() == sorted(weights.tolist(), reverse=True)


def test_a_term_has_one_number_in_every_document() -> None:
    found = vectors()
    shared = [set(row[row > 0].tolist()) for row in found.terms]
    # 合同, 当事, 事人, 应当; "the", "lease", "tenant", "house".
    assert len(shared[2] & shared[3]) == 4 and len(shared[0] & shared[1]) == 4
    assert not shared[0] & shared[2] and not shared[5]


def test_only_the_strongest_terms_are_kept() -> None:
    words = [f"word{number}" for number in range(50)]
    texts = [" ".join(words), " ".join(words[:30]), " ".join(words[:30]), " ".join(words[:45])]
    tokens = tokens_of(pa.chunked_array([texts]))
    frequencies = sparse_vectors.Frequencies()
    frequencies.add(tokens)
    found = sparse_vectors.vectors(tokens, frequencies.weights())
    assert (found.terms[0] > 0).sum() == 15 and np.isclose((found.weights[0] ** 2).sum(), 1, atol=1e-5)
    assert (found.terms[0] > 0).sum() <= sparse_vectors.TERMS
