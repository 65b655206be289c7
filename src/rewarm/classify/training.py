"""Train a classifier on labelled texts and measure it on labelled texts that it has not seen.

Of the texts, a tenth calibrates and a fifth measures. Which is which follows from each text's
id, so that more texts move none from one part to another.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rewarm.classify.calibration import Calibration, calibration_error, fitted, loss
from rewarm.classify.classifier import Classifier, HeldOut
from rewarm.classify.linear import scores, train_epoch
from rewarm.classify.reading import Reading, read
from rewarm.corpus.tables import ids as identities

EPOCHS = 5
# AdaGrad's, falling to a tenth by the last epoch. 0.3 to 1 gave the same accuracy within a point.
_RATE = 0.5
_CALIBRATE, _MEASURE = 0.1, 0.2


def train(
    texts: pa.ChunkedArray | pa.Array, labels: Sequence[str], ids: Sequence[str], reading: Reading, seed: int
) -> Classifier:
    """A classifier of these labels. The same texts, labels and ids give the same one, in any order.

    texts: string, no nulls; labels, ids: one for each text, ids as documents have them.
    Raises ValueError for fewer than two classes.
    """
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:
        raise ValueError(f"needs two classes or more, has {', '.join(classes) or 'none'}")
    number = {label: place for place, label in enumerate(classes)}
    wanted = np.array([number[label] for label in labels], np.int64)
    tokens = read(texts, reading)
    measured, calibrated, trained = parts(ids, seed)
    weights = np.zeros((reading.buckets, len(classes)), np.float32)
    bias = np.zeros(len(classes), np.float32)
    squares, bias_squares = np.zeros_like(weights), np.zeros_like(bias)
    draw = np.random.default_rng(seed)
    for epoch in range(EPOCHS):
        rate = np.float32(_RATE * (1 - 0.9 * epoch / max(1, EPOCHS - 1)))
        order = draw.permutation(trained)
        train_epoch(
            tokens.hashes, tokens.starts, tokens.counts, wanted, order, weights, bias, squares, bias_squares,
            reading.ngram, rate,
        )  # fmt: skip

    def scored(part: np.ndarray) -> np.ndarray:
        out = np.empty((len(part), len(classes)), np.float32)
        scores(tokens.hashes, tokens.starts[part], tokens.counts[part], weights, bias, reading.ngram, out)
        return out

    calibration = fitted(scored(calibrated), wanted[calibrated])
    held_out = _measured(scored(measured), wanted[measured], classes, calibration, len(trained))
    return Classifier(classes, weights, bias, calibration, reading, held_out)


def parts(ids: Sequence[str], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of the texts that measure, calibrate and train, int64 each, in the order of their ranks."""
    ranks = identities.ranks(identities.of_digits(ids), "classify", seed)
    by_rank = np.argsort(ranks, kind="stable")
    # The part of a document is the fraction that its rank is of all ranks.
    share = ranks[by_rank].astype(np.float64) / 2.0**64
    first, second = share < _MEASURE, share < _MEASURE + _CALIBRATE
    return by_rank[first], by_rank[second & ~first], by_rank[~second]


def _measured(
    found: np.ndarray, wanted: np.ndarray, classes: tuple[str, ...], calibration: Calibration, trained: int
) -> HeldOut:
    chances = calibration.probabilities(found)
    right = chances.argmax(axis=1) == wanted
    recall = {
        label: round(float(right[wanted == place].mean()), 4)
        for place, label in enumerate(classes)
        if (wanted == place).any()
    }
    most = np.bincount(wanted, minlength=len(classes)).max() if len(wanted) else 0
    return HeldOut(
        trained=trained,
        documents=len(wanted),
        accuracy=round(float(right.mean()), 4) if len(wanted) else 0.0,
        majority=round(float(most / max(1, len(wanted))), 4),
        macro_recall=round(float(np.mean([*recall.values()])), 4) if recall else 0.0,
        calibration_error=round(calibration_error(chances, wanted), 4),
        loss=round(loss(chances, wanted), 4),
        recall=recall,
    )
