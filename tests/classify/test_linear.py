"""The kernels against plain numpy, and training against a gradient computed by differences."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewarm.classify import linear, plain
from rewarm.text.grams.tokens import starts_of

BUCKETS, CLASSES = 64, 3
DOCUMENTS = st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=12), min_size=1, max_size=5)


def packed(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    counts = np.array([len(one) for one in documents], np.int64)
    hashes = np.array([token for one in documents for token in one], np.uint32)
    return hashes, starts_of(counts), counts


@given(DOCUMENTS, st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_scores_are_those_of_plain_numpy(documents: list[list[int]], ngram: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    weights = draw.normal(size=(BUCKETS, CLASSES)).astype(np.float32)
    bias = draw.normal(size=CLASSES).astype(np.float32)
    out = np.empty((len(documents), CLASSES), np.float32)
    linear.scores(*packed(documents), weights, bias, ngram, out)
    expected = [plain.scores(one, weights, bias, ngram) for one in documents]
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)


def test_an_epoch_goes_against_the_gradient_and_counts_the_loss() -> None:
    documents, classes = [[1, 2, 3], [4, 5], [1, 2]], np.array([0, 1, 2])
    weights, bias = np.zeros((BUCKETS, CLASSES), np.float32), np.zeros(CLASSES, np.float32)
    squares, bias_squares = np.zeros_like(weights), np.zeros_like(bias)
    before = linear.train_epoch(
        *packed(documents), classes, np.array([0]), weights, bias, squares, bias_squares, 2, np.float32(0.1)
    )
    assert abs(before - np.log(3)) < 1e-6
    rows = plain.rows_of(documents[0], 2, BUCKETS)
    # AdaGrad's first change of a weight is the rate, in the direction that helps.
    once = [row for row in rows if rows.count(row) == 1]
    np.testing.assert_allclose(weights[once], [[0.1, -0.1, -0.1]] * len(once), atol=1e-4)
    untouched = sorted(set(range(BUCKETS)) - set(rows))
    assert not weights[untouched].any() and bias[0] > 0 > bias[1]
