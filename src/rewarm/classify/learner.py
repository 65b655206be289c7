"""What every kind of classifier has in common: learning from texts that are prepared once, and scoring.

A learner holds texts in the form that its kind needs (token hashes, strings, sentence vectors), so that a
cross-validation prepares them once. A model gives scores before the softmax; calibration turns them into
probabilities. `words` needs nothing beside rewarm and is the default.
"""

from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

Texts: TypeAlias = "pa.ChunkedArray | pa.Array"


class Model(Protocol):
    """A trained classifier without its labels."""

    @property
    def kind(self) -> str: ...

    def scores(self, texts: Texts) -> np.ndarray:
        """float32 [documents, classes] before the softmax. texts: string, no nulls."""

    def tensors(self) -> dict[str, np.ndarray]:
        """What its file holds."""

    def settings(self) -> dict[str, Any]:
        """What else reading the file needs, as plain values."""


class Learner(Protocol):
    """Labelled texts, prepared."""

    def fit(self, wanted: np.ndarray, places: np.ndarray, classes: int, seed: int) -> Model:
        """A model of the texts at these places. wanted: int64 [all texts], the class of each."""

    def scores(self, model: Model, places: np.ndarray) -> np.ndarray:
        """float32 [places, classes]: what the model says of these texts."""
