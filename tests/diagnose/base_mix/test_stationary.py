"""Shares are found from gradients that cancel under them; single documents' noise adds nothing on average."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rewarm.diagnose.base_mix import stationary

SHARES = st.lists(st.integers(0, 9), min_size=2, max_size=6).filter(lambda parts: max(parts) > 0)


def cancelling(parts: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares, and gradients [kinds, 40] whose mean under these shares is zero."""
    shares = np.array(parts) / sum(parts)
    gradients = np.random.default_rng(seed).normal(size=(len(parts), 40))
    last = int(shares.argmax())
    rest = np.delete(np.arange(len(parts)), last)
    gradients[last] = -shares[rest] @ gradients[rest] / shares[last]
    return shares, gradients


@given(SHARES, st.integers(0, 99), st.floats(1e-3, 1e3))
@settings(max_examples=100, deadline=None)
def test_shares_under_which_gradients_cancel_are_found(parts: list[int], seed: int, scale: float) -> None:
    # One kind alone cancels nothing: its gradient is zero, and that is all there is to see.
    assume(sum(part > 0 for part in parts) > 1)
    shares, gradients = cancelling(parts, seed)
    found = stationary.shortest(scale * gradients @ gradients.T)
    np.testing.assert_allclose(found, shares, atol=0.02)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=6))
@settings(max_examples=50, deadline=None)
def test_of_gradients_without_common_part_the_shorter_has_more(lengths: list[float]) -> None:
    squares = np.array(lengths) ** 2
    found = stationary.shortest(np.diag(squares))
    floored = np.maximum(squares, 1e-3 * squares.max())
    np.testing.assert_allclose(found, (1 / floored) / (1 / floored).sum(), rtol=1e-4)


@given(SHARES, st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_shares_are_shares_for_any_products(parts: list[int], seed: int) -> None:
    """Also for estimates with negative eigenvalues, and for nothing at all."""
    drawn = np.random.default_rng(seed).normal(size=(len(parts), len(parts)))
    for products in (drawn, -drawn @ drawn.T, np.zeros_like(drawn)):
        found = stationary.shortest(products)
        assert found.min() >= 0 and found.sum() == pytest.approx(1)


def test_a_document_is_not_multiplied_with_itself() -> None:
    rng = np.random.default_rng(0)
    kind = np.array([0, 0, 0, 1, 1])
    gradients, weights = rng.normal(size=(5, 7)), np.array([1.0, 2.0, 0.0, 3.0, 1.0])
    found = stationary.products(gradients @ gradients.T, kind, weights, 2)
    for one in (0, 1):
        for other in (0, 1):
            pairs = [
                (weights[a] * weights[b], gradients[a] @ gradients[b])
                for a in np.flatnonzero(kind == one)
                for b in np.flatnonzero(kind == other)
                if a != b
            ]
            wanted = sum(w * g for w, g in pairs) / sum(w for w, _ in pairs)
            assert found[one, other] == pytest.approx(wanted)


def test_noise_of_documents_adds_nothing() -> None:
    """Few noisy documents of a kind do not make its gradient look long."""
    rng = np.random.default_rng(1)
    kind = np.repeat([0, 1], [400, 20])
    found, plain = np.zeros((2, 2)), np.zeros((2, 2))
    for _ in range(20):
        documents = np.eye(2, 40)[kind] + rng.normal(0, 0.5, size=(len(kind), 40))
        found += stationary.products(documents @ documents.T, kind, np.ones(len(kind)), 2)
        means = np.array([documents[kind == number].mean(axis=0) for number in (0, 1)])
        plain += means @ means.T
    np.testing.assert_allclose(stationary.shortest(found), [0.5, 0.5], atol=0.03)
    assert stationary.shortest(plain)[1] < 0.44, "or the test says nothing"
