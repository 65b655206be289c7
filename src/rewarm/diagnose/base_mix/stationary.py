"""Shares under which the gradients of the kinds of text cancel.

A training that has come to rest at a mix p has a gradient of its mean loss near zero: the sum of p_i g_i, g_i
the gradient of the loss of kind i. So p is estimated by the shares under which this sum is shortest. That
takes only the products K_ij = g_i · g_j: how fast a small step on kind j lowers the loss of kind i at the
start. A kind that the base never saw has a long gradient that no other one cancels; hard text that it saw
much of has a high loss and a short gradient. (The shortest combination is the common descent direction of
multi-task training: Désidéri 2012, MGDA.)
"""

import numpy as np
import numpy.typing as npt

_TOLERANCE = 1e-9

Floats = npt.NDArray[np.float64]


def shortest(products: Floats) -> Floats:
    """The p >= 0 with sum 1 that makes p K p smallest.

    products: K, float64 [kinds, kinds], symmetric. An estimate of K can have negative eigenvalues, along
    which nothing is shortest; they are set to a small positive one.
    """
    values, vectors = np.linalg.eigh((products + products.T) / 2)
    kinds = len(values)
    if values[-1] <= 0:
        return np.full(kinds, 1 / kinds)
    matrix = (vectors * np.maximum(values, 1e-3 * values[-1])) @ vectors.T
    # Without the condition on the sum, x K x / 2 - sum(x) is smallest at a multiple of p. Active set method
    # (Lawson and Hanson 1974, chapter 23): kinds join by how much they lower it, and leave at zero.
    found, used = np.zeros(kinds), np.zeros(kinds, bool)
    for _ in range(10 * kinds):  # each step lowers it; rounding must not make it go round
        gain = np.where(used, -np.inf, 1 - matrix @ found)
        best = int(gain.argmax())
        if gain[best] <= _TOLERANCE:
            break
        used[best] = True
        while True:
            goal = np.zeros(kinds)
            goal[used] = np.linalg.solve(matrix[np.ix_(used, used)], np.ones(int(used.sum())))
            out = used & (goal <= 0)
            if not out.any():
                found = goal
                break
            way = found[out] / (found[out] - goal[out])
            found = found + way.min() * (goal - found)
            used &= found > _TOLERANCE * found.max()
            found[~used] = 0
    shares: Floats = found / found.sum()
    return shares


def products(gram: Floats, kind: npt.NDArray[np.int64], weights: Floats, kinds: int) -> Floats:
    """K of the kinds' mean gradients, from the products of single documents' gradients.

    gram: float64 [documents, documents]; kind: int64 [documents]; weights: float64 [documents], tokens times
    how often each is drawn. A document is not multiplied with itself, which would add the noise of its
    gradient to the kind's own product; so every kind needs two documents with weight.
    """
    share = np.zeros((kinds, len(kind)))
    share[kind, np.arange(len(kind))] = weights
    alone = share @ (np.diag(gram) * weights)
    squares = share @ weights
    found = share @ gram @ share.T
    sizes = share.sum(axis=1)
    pairs = np.outer(sizes, sizes)
    found[np.diag_indices(kinds)] -= alone
    pairs[np.diag_indices(kinds)] -= squares
    mean: Floats = found / pairs
    return mean
