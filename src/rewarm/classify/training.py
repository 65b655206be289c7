"""Train a classifier on labelled texts and measure it on labelled texts that it has not seen.

Of many texts, a tenth calibrates and a fifth measures. Few are worth too much for that: with `folds`, each
text is scored by a classifier that was trained on the other folds, and the one that is kept is trained on
all. Its calibration is fitted to all these scores; what is reported uses, for each fold, a calibration of the
other folds, so that no text is measured by what it taught. Which text is in which part follows from its id,
so that more texts move none from one part to another.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rewarm.classify.calibration import fitted
from rewarm.classify.classifier import Classifier
from rewarm.classify.held_out import measured
from rewarm.classify.learner import Learner
from rewarm.classify.reading import Reading
from rewarm.classify.words import WordLearner
from rewarm.corpus.tables import ids as identities

_CALIBRATE, _MEASURE = 0.1, 0.2


def train(
    texts: pa.ChunkedArray | pa.Array,
    labels: Sequence[str],
    ids: Sequence[str],
    reading: Reading,
    seed: int,
    *,
    axis: str = "",
    folds: int = 1,
) -> Classifier:
    """A classifier of words. The same texts, labels and ids give the same one, in any order.

    texts: string, no nulls; labels, ids: one for each text, ids as documents have them; axis: what the labels
    are about; folds: 1 holds a part out, more cross-validate.
    Raises ValueError for fewer than two classes.
    """
    return learnt(WordLearner(texts, reading), labels, ids, seed, axis=axis, folds=folds)


def learnt(
    learner: Learner, labels: Sequence[str], ids: Sequence[str], seed: int, *, axis: str = "", folds: int = 1
) -> Classifier:
    """The same for any kind of classifier."""
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:
        raise ValueError(f"needs two classes or more, has {', '.join(classes) or 'none'}")
    number = {label: place for place, label in enumerate(classes)}
    wanted = np.array([number[label] for label in labels], np.int64)
    if folds > 1:
        return _cross_validated(learner, wanted, ids, classes, seed, axis, folds)
    measuring, calibrating, training = parts(ids, seed)
    model = learner.fit(wanted, training, len(classes), seed)
    calibration = fitted(learner.scores(model, calibrating), wanted[calibrating])
    chances = calibration.probabilities(learner.scores(model, measuring))
    held_out = measured(chances, wanted[measuring], classes, len(training))
    return Classifier(classes, model, calibration, held_out, axis)


def parts(ids: Sequence[str], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places of the texts that measure, calibrate and train, int64 each, in the order of their ranks."""
    by_rank, share = _ranked(ids, seed)
    first, second = share < _MEASURE, share < _MEASURE + _CALIBRATE
    return by_rank[first], by_rank[second & ~first], by_rank[~second]


def _ranked(ids: Sequence[str], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the texts by rank, and the fraction, 0..1, that each one's rank is of all ranks."""
    ranks = identities.ranks(identities.of_digits(ids), "classify", seed)
    by_rank = np.argsort(ranks, kind="stable")
    return by_rank, ranks[by_rank].astype(np.float64) / 2.0**64


def _cross_validated(
    learner: Learner, wanted: np.ndarray, ids: Sequence[str], classes: tuple[str, ...], seed: int, axis: str,
    folds: int,
) -> Classifier:  # fmt: skip
    by_rank, share = _ranked(ids, seed)
    fold = np.minimum((share * folds).astype(np.int64), folds - 1)
    scores = np.zeros((len(by_rank), len(classes)), np.float32)
    for one in range(folds):
        if (mine := fold == one).any() and not mine.all():
            model = learner.fit(wanted, by_rank[~mine], len(classes), seed)
            scores[mine] = learner.scores(model, by_rank[mine])
    right = wanted[by_rank]
    chances = np.zeros(scores.shape)
    for one in range(folds):
        mine = fold == one
        chances[mine] = fitted(scores[~mine], right[~mine]).probabilities(scores[mine])
    held_out = measured(chances, right, classes, len(right), folds)
    model = learner.fit(wanted, by_rank, len(classes), seed)
    return Classifier(classes, model, fitted(scores, right), held_out, axis)
