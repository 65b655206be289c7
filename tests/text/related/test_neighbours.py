"""Nearest documents against all pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.related import dense, neighbours
from rewarm.text.related.sparse_vectors import TERMS, Vectors


def topics(documents: int, seed: int, subjects: int = 40) -> Vectors:
    """Documents that draw most of their terms from one of some subjects, by Zipf's law."""
    rng = np.random.default_rng(seed)
    terms = np.zeros((documents, TERMS), dtype=np.uint32)
    weights = np.zeros((documents, TERMS), dtype=np.float32)
    for row in range(documents):
        subject = rng.integers(subjects)
        own = 1000 * (subject + 1) + np.minimum(rng.zipf(1.3, 40), 400)
        distinct = rng.permutation(np.unique(np.concatenate([own, rng.integers(50_000, 90_000, 6)])))[:TERMS]
        weight = np.sort(rng.random(len(distinct)))[::-1] + 0.1
        terms[row, : len(distinct)] = distinct
        weights[row, : len(distinct)] = weight / np.sqrt((weight**2).sum())
    return Vectors(terms, weights)


def exact(vectors: Vectors) -> np.ndarray:
    """float32 [documents, documents]: cosine of all pairs, from dense rows."""
    known, place = np.unique(vectors.terms, return_inverse=True)
    rows = np.zeros((len(vectors), len(known)), dtype=np.float32)
    at = (np.repeat(np.arange(len(vectors)), TERMS), place.reshape(-1))
    np.add.at(rows, at, vectors.weights.reshape(-1))
    return rows @ rows.T


@pytest.mark.parametrize("few", [0, 3000])
def test_most_of_the_exact_neighbours_are_found(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_FEW", few)
    vectors = topics(2000, few)
    cosine = exact(vectors)
    np.fill_diagonal(cosine, -1)
    found = neighbours.nearest(vectors, 10, 0.1)
    there = found.documents >= 0
    rows = np.repeat(np.arange(2000), 10).reshape(2000, 10)
    assert found.similarity[there] == pytest.approx(cosine[rows, found.documents][there], abs=1e-4)
    assert (np.diff(found.similarity, axis=1) <= 0).all()
    for row in found.documents:
        assert len(set(row[row >= 0].tolist())) == (row >= 0).sum()
    assert not (found.documents == np.arange(2000)[:, None]).any()
    assert (found.similarity[there] >= 0.1 - 1e-5).all()
    best = -np.sort(-cosine, axis=1)[:, :10]
    wanted = best >= 0.1
    # A neighbour counts as found when one as near is there.
    hit = (found.similarity[:, :] >= best - 1e-4) & wanted
    assert hit.sum() > 0.95 * wanted.sum()


@given(st.integers(0, 25), st.integers(0, 5))
def test_small_sets_are_exact(documents: int, seed: int) -> None:
    vectors = topics(documents, seed, subjects=3)
    found = neighbours.nearest(vectors, 5, 0.05)
    cosine = exact(vectors)
    np.fill_diagonal(cosine, 0)
    for row in range(documents):
        near = np.sort(cosine[row][cosine[row] >= 0.05])[::-1][:5]
        own = found.similarity[row][found.documents[row] >= 0]
        assert own == pytest.approx(near, abs=1e-4)


def test_the_order_of_documents_changes_no_neighbour() -> None:
    vectors = topics(500, 4)
    moved = np.random.default_rng(0).permutation(500)
    first = neighbours.nearest(vectors, 8, 0.1)
    second = neighbours.nearest(vectors.of(moved), 8, 0.1)
    assert np.mean(np.abs(first.similarity[moved] - second.similarity) < 1e-5) > 0.97


def test_embeddings_are_compared_exactly() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1500, 16)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    found = dense.nearest(rows, 5, 0.3)
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -1)
    best = -np.sort(-cosine, axis=1)[:, :5]
    best[best < 0.3] = 0
    assert found.similarity == pytest.approx(best, abs=1e-5)
    there = found.documents >= 0
    assert (there == (best > 0)).all()
    pairs = cosine[np.nonzero(there)[0], found.documents[there]]
    assert pairs == pytest.approx(found.similarity[there], abs=1e-5)
