"""The greedy path against the best one, and what it must never do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.text.related.neighbours import Neighbours
from rewarm.text.related.path import SHORT, paths


def neighbours_of(cosine: np.ndarray, count: int, least: float) -> Neighbours:
    own = cosine.copy()
    np.fill_diagonal(own, -1)
    near = np.argsort(-own, axis=1, kind="stable")[:, :count].astype(np.int32)
    similarity = np.take_along_axis(own, near, 1).astype(np.float32)
    near[similarity < least], similarity[similarity < least] = -1, 0
    return Neighbours(near, similarity)


def best_path(cosine: np.ndarray) -> float:
    """The greatest sum of cosines of a path through all documents: Held and Karp's dynamic programme."""
    count = len(cosine)
    best = np.full((1 << count, count), -np.inf)
    for document in range(count):
        best[1 << document, document] = 0
    for seen in range(1, 1 << count):
        for last in range(count):
            if best[seen, last] == -np.inf:
                continue
            for following in range(count):
                if not seen >> following & 1:
                    after = seen | 1 << following
                    value = best[seen, last] + cosine[last, following]
                    best[after, following] = max(best[after, following], value)
    return float(best[-1].max())


def length(cosine: np.ndarray, order: np.ndarray) -> float:
    return float(sum(cosine[one, other] for one, other in pairwise(order.tolist())))


def vectors(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.abs(rng.normal(size=(count, 4)))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_the_path_is_near_the_best_one_and_far_from_chance() -> None:
    shares, chance = [], []
    for seed in range(6):
        rows = vectors(seed, 9)
        cosine = rows @ rows.T
        found = paths(neighbours_of(cosine, 8, 0.01), 2.0)
        assert sorted(found.order.tolist()) == list(range(9)) and not found.path.any()
        shares.append(length(cosine, found.order) / best_path(cosine))
        chance.append(length(cosine, np.arange(9)) / best_path(cosine))
    assert min(shares) > 0.85 and np.mean(shares) > 0.95 > np.mean(chance) + 0.15


@given(st.integers(0, 60), st.integers(0, 50), st.floats(0.3, 1.0))
def test_every_document_is_visited_once(count: int, seed: int, least: float) -> None:
    rows = vectors(seed, count) if count else np.empty((0, 4))
    cosine = rows @ rows.T
    found = paths(neighbours_of(cosine, min(5, max(1, count - 1)), least), 0.99)
    everyone = np.concatenate([found.order, found.alone, found.copies])
    assert sorted(everyone.tolist()) == list(range(count))
    assert (np.diff(found.path) >= 0).all()
    for copy, original in zip(found.copies.tolist(), found.originals.tolist(), strict=True):
        assert cosine[copy, original] >= 0.99 - 1e-6
    assert not set(found.originals.tolist()) & set(found.copies.tolist())
    assert all(original < copy for copy, original in zip(found.copies, found.originals, strict=True))
    sizes = np.bincount(found.path)
    assert (sizes != 1).all()


def test_copies_are_not_visited_and_the_first_is_the_original() -> None:
    rows = vectors(3, 12)
    rows = np.concatenate([rows, rows[[5, 5, 7]]])
    cosine = rows @ rows.T
    found = paths(neighbours_of(cosine, 14, 0.1), 0.9999)
    assert found.copies.tolist() == [12, 13, 14] and found.originals.tolist() == [5, 5, 7]
    assert sorted(found.order.tolist()) == list(range(12))


def test_documents_of_short_paths_go_behind_a_neighbour_in_a_long_one() -> None:
    """A chain of ten, and two documents that are near its fourth alone."""
    cosine = np.zeros((12, 12))
    for one in range(9):
        cosine[one, one + 1] = cosine[one + 1, one] = 0.9
    for one in (10, 11):
        cosine[one, 3] = cosine[3, one] = 0.5
    found = paths(neighbours_of(cosine, 4, 0.1), 0.99)
    order = found.order.tolist()
    assert sorted(order) == list(range(12)) and not found.path.any()
    # One of the two begins the path at its neighbour: it has one neighbour only.
    assert abs(order.index(11) - order.index(3)) <= 2 and abs(order.index(10) - order.index(3)) <= 2
    assert SHORT == 4


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_document(count: int) -> None:
    empty = Neighbours(np.full((count, 3), -1, np.int32), np.zeros((count, 3), np.float32))
    found = paths(empty, 0.9)
    assert len(found.order) == 0 and found.alone.tolist() == list(range(count))
