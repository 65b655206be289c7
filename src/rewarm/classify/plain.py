"""The kernels of `linear.py` in plain Python and numpy, for tests: the same scores and the same weights."""

import numpy as np

_MULTIPLIER = 0x9E3779B97F4A7C15
_64 = 2**64 - 1


def rows_of(tokens: list[int], ngram: int, buckets: int) -> list[int]:
    """The row of the weights of every n-gram of a document, by start and length."""
    found = []
    for place in range(len(tokens)):
        gram = 0
        for token in tokens[place : place + ngram]:
            gram = (gram + token + 1) * _MULTIPLIER & _64
            found.append((((gram ^ (gram >> 29)) * _MULTIPLIER & _64) >> 32) & (buckets - 1))
    return found


def scores(tokens: list[int], weights: np.ndarray, bias: np.ndarray, ngram: int) -> np.ndarray:
    """float64 [classes]: the mean of the n-grams' weights times the root of their number, and the bias."""
    rows = rows_of(tokens, ngram, len(weights))
    found: np.ndarray = weights[rows].astype(np.float64).sum(axis=0) / max(1, len(rows)) ** 0.5 + bias
    return found
