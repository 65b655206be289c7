"""Logistic regression over hashed token n-grams, trained by stochastic gradient with AdaGrad.

The features of a text are its n-grams of 1 to `ngram` tokens: words where a script has spaces, single
characters of Chinese (`text/grams/tokens.py`), so that no segmentation is needed and three characters are a
Chinese word or two. An n-gram is a row of the weights by its hash (feature hashing, Weinberger et al. 2009,
0902.2206; fastText, Joulin et al. 2016, 1607.01759, does the same). No table of features is stored: both
passes over a document hash again, which is cheaper than reading one from memory. Each occurrence counts
1/sqrt(occurrences of all), so that long texts are not more certain than short ones by length alone.

`plain.py` says the same in numpy; a test holds both to equal scores.
"""

import numpy as np

from rewarm.text.kernel import kernel

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_TINY = 1e-8


@kernel
def scores(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    ngram: int,
    out: np.ndarray,
) -> None:
    """Fill `out`, float32 [documents, classes], with the scores before the softmax.

    hashes: uint32 [tokens]; starts, counts: int64 [documents], of each document's tokens; weights: float32
    [buckets, classes], a power of two buckets; bias: float32 [classes].
    """
    for document in range(len(starts)):
        _score(hashes, starts[document], counts[document], weights, bias, ngram, out[document])


@kernel
def train_epoch(
    hashes: np.ndarray,
    starts: np.ndarray,
    counts: np.ndarray,
    classes: np.ndarray,
    order: np.ndarray,
    weights: np.ndarray,
    bias: np.ndarray,
    squares: np.ndarray,
    bias_squares: np.ndarray,
    ngram: int,
    rate: np.float32,
) -> float:
    """Change weights and bias by one pass over the documents; the mean loss in nats before each change.

    classes: int64 [documents]; order: int64, the documents in the order of the pass; squares, bias_squares:
    like weights and bias, the sums of squared gradients, which set each weight's own rate.
    """
    number = weights.shape[1]
    probabilities = np.empty(number, np.float32)
    mask = np.uint64(len(weights) - 1)
    total = 0.0
    for document in order:
        start, count = starts[document], counts[document]
        _score(hashes, start, count, weights, bias, ngram, probabilities)
        total += _softmax(probabilities, classes[document])
        probabilities[classes[document]] -= np.float32(1)
        scale = _scale(count, ngram)
        for place in range(count):
            gram = np.uint64(0)
            for length in range(min(ngram, count - place)):
                gram = _longer(gram, hashes[start + place + length])
                row = _row(gram, mask)
                for one in range(number):
                    gradient = probabilities[one] * scale
                    squares[row, one] += gradient * gradient
                    weights[row, one] -= rate * gradient / np.float32(np.sqrt(squares[row, one] + _TINY))
        for one in range(number):
            bias_squares[one] += probabilities[one] * probabilities[one]
            bias[one] -= rate * probabilities[one] / np.float32(np.sqrt(bias_squares[one] + _TINY))
    return total / max(1, len(order))


@kernel
def _score(
    hashes: np.ndarray,
    start: int,
    count: int,
    weights: np.ndarray,
    bias: np.ndarray,
    ngram: int,
    out: np.ndarray,
) -> None:
    number = weights.shape[1]
    mask = np.uint64(len(weights) - 1)
    for one in range(number):
        out[one] = 0
    for place in range(count):
        gram = np.uint64(0)
        for length in range(min(ngram, count - place)):
            gram = _longer(gram, hashes[start + place + length])
            row = _row(gram, mask)
            for one in range(number):
                out[one] += weights[row, one]
    scale = _scale(count, ngram)
    for one in range(number):
        out[one] = out[one] * scale + bias[one]


@kernel
def _longer(gram: np.uint64, token: np.uint32) -> np.uint64:
    """The hash of an n-gram with one token more."""
    return (gram + np.uint64(token) + np.uint64(1)) * _MULTIPLIER


@kernel
def _row(gram: np.uint64, mask: np.uint64) -> np.uint64:
    return ((gram ^ (gram >> np.uint64(29))) * _MULTIPLIER >> np.uint64(32)) & mask


@kernel
def _scale(count: int, ngram: int) -> np.float32:
    grams = 0
    for length in range(ngram):
        grams += max(0, count - length)
    return np.float32(1 / np.sqrt(max(1, grams)))


@kernel
def _softmax(scores: np.ndarray, right: int) -> float:
    """Scores to probabilities, in place; the loss of the right class in nats."""
    highest = scores.max()
    total = 0.0
    for one in range(len(scores)):
        scores[one] = np.float32(np.exp(scores[one] - highest))
        total += scores[one]
    for one in range(len(scores)):
        scores[one] = np.float32(scores[one] / total)
    return float(-np.log(max(scores[right], 1e-30)))
