"""Calibrated probabilities: a temperature and a doubt for all classes, and how far they are off.

A classifier that has fitted its training texts is too sure of others. Scores divided by one temperature,
chosen on texts outside of training, repair most of it and change no prediction (Guo et al. 2017,
1706.04599). What no temperature repairs is labels that are wrong by chance: however clear a text is, some
share of such texts has another label. So a share of doubt is spread evenly over the classes. It is fitted as
if one more text had been labelled by chance: a few texts that are all right do not make a probability of 1.
The expected calibration error is the mean distance between confidence and accuracy over ten bins of
confidence.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

_LOW, _HIGH = 0.05, 20.0
_LEAST, _MOST = 1e-6, 0.5
_STEPS = 40
_BINS = 10
_GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True, slots=True)
class Calibration:
    """temperature: divides the scores; doubt: share of probability that is spread over all classes."""

    temperature: float = 1.0
    doubt: float = 0.0

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """float64 [documents, classes], rows adding up to 1. scores: float [documents, classes]."""
        found = _softmax(scores, self.temperature)
        mixed: np.ndarray = (1 - self.doubt) * found + self.doubt / max(1, found.shape[1])
        return mixed


def loss(found: np.ndarray, classes: np.ndarray) -> float:
    """Mean negative log-likelihood in nats. found: probabilities; classes: int64 [documents]."""
    right = found[np.arange(len(classes)), classes]
    return float(-np.log(np.maximum(right, 1e-30)).mean()) if len(classes) else 0.0


def fitted(scores: np.ndarray, classes: np.ndarray) -> Calibration:
    """The calibration of the least loss on these documents; none without documents."""
    if not len(classes):
        return Calibration()
    documents, number = np.arange(len(classes)), scores.shape[1]

    def best_doubt(temperature: float) -> tuple[float, float]:
        """The best doubt at a temperature, and the sum of losses with it."""
        right = _softmax(scores, temperature)[documents, classes]

        def cost(logarithm: float) -> float:
            doubt = float(np.exp(logarithm))
            mixed = (1 - doubt) * right + doubt / number
            return float(-np.log(np.maximum(mixed, 1e-30)).sum()) - logarithm

        logarithm = _least(cost, np.log(_LEAST), np.log(_MOST))
        return float(np.exp(logarithm)), cost(logarithm)

    logarithm = _least(lambda one: best_doubt(float(np.exp(one)))[1], np.log(_LOW), np.log(_HIGH))
    temperature = float(np.exp(logarithm))
    return Calibration(temperature, best_doubt(temperature)[0])


def calibration_error(found: np.ndarray, classes: np.ndarray) -> float:
    """The expected calibration error, 0..1. found: probabilities, float64 [documents, classes]."""
    if not len(classes):
        return 0.0
    confidence, right = found.max(axis=1), found.argmax(axis=1) == classes
    place = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gaps = [
        abs(confidence[place == one].mean() - right[place == one].mean()) * (place == one).mean()
        for one in range(_BINS)
        if (place == one).any()
    ]
    return float(sum(gaps))


def _softmax(scores: np.ndarray, temperature: float) -> np.ndarray:
    divided = scores.astype(np.float64) / temperature
    exponentials = np.exp(divided - divided.max(axis=1, keepdims=True, initial=-np.inf))
    found: np.ndarray = exponentials / exponentials.sum(axis=1, keepdims=True)
    return found


def _least(cost: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one minimum between two ends is least, by golden section."""
    inner, outer = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_inner, at_outer = cost(inner), cost(outer)
    for _ in range(_STEPS):
        if at_inner < at_outer:
            high, outer, at_outer = outer, inner, at_inner
            inner = high - _GOLDEN * (high - low)
            at_inner = cost(inner)
        else:
            low, inner, at_inner = inner, outer, at_outer
            outer = low + _GOLDEN * (high - low)
            at_outer = cost(outer)
    return (low + high) / 2
