"""Classifier of words: hashed n-grams and logistic regression (`linear.py`)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rewarm.classify.learner import Model, Texts
from rewarm.classify.linear import scores, train_epoch
from rewarm.classify.reading import Reading, Tokens, read

EPOCHS = 5
# AdaGrad's, falling to a tenth by the last epoch. 0.3 to 1 gave the same accuracy within a point.
_RATE = 0.5


@dataclass(frozen=True)
class Words:
    """weights: float32 [buckets, classes]; bias: float32 [classes]; reading: how texts become tokens."""

    weights: np.ndarray
    bias: np.ndarray
    reading: Reading
    kind: str = "words"

    def scores(self, texts: Texts) -> np.ndarray:
        """float32 [documents, classes] before the softmax."""
        return self.of_tokens(read(texts, self.reading))

    def of_tokens(self, tokens: Tokens) -> np.ndarray:
        """The same of texts that are read already."""
        out = np.empty((len(tokens.starts), self.weights.shape[1]), np.float32)
        scores(tokens.hashes, tokens.starts, tokens.counts, self.weights, self.bias, self.reading.ngram, out)
        return out

    def tensors(self) -> dict[str, np.ndarray]:
        return {"weights": self.weights, "bias": self.bias}

    def settings(self) -> dict[str, Any]:
        return {"reading": asdict(self.reading)}


class WordLearner:
    """Texts as token hashes."""

    def __init__(self, texts: Texts, reading: Reading) -> None:
        self._tokens = read(texts, reading)
        self._reading = reading

    def fit(self, wanted: np.ndarray, places: np.ndarray, classes: int, seed: int) -> Words:
        """Train on the texts at these places; the same places in any order give another pass order."""
        tokens, reading = self._tokens, self._reading
        weights = np.zeros((reading.buckets, classes), np.float32)
        bias = np.zeros(classes, np.float32)
        squares, bias_squares = np.zeros_like(weights), np.zeros_like(bias)
        draw = np.random.default_rng(seed)
        for epoch in range(EPOCHS):
            rate = np.float32(_RATE * (1 - 0.9 * epoch / max(1, EPOCHS - 1)))
            order = draw.permutation(places)
            train_epoch(
                tokens.hashes, tokens.starts, tokens.counts, wanted, order, weights, bias, squares,
                bias_squares, reading.ngram, rate,
            )  # fmt: skip
        return Words(weights, bias, reading)

    def scores(self, model: Model, places: np.ndarray) -> np.ndarray:
        assert isinstance(model, Words)
        tokens = self._tokens
        return model.of_tokens(Tokens(tokens.hashes, tokens.starts[places], tokens.counts[places]))
