"""A trained classifier: predicting, and its file.

The file is safetensors (weights and bias) with JSON in its metadata: reading it runs no code, as a pickle
would. A classifier made by other features (`_FEATURES`) is refused.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from rewarm.classify.calibration import Calibration
from rewarm.classify.linear import scores
from rewarm.classify.reading import Reading, read
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

_FEATURES = 1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the classifier did on labelled texts outside of its training.

    documents: how many of them; trained: documents that it was trained on; accuracy, majority (always the
    most frequent class), macro_recall (mean over classes): shares; calibration_error: see `calibration`;
    loss: nats; recall: by class.
    """

    trained: int
    documents: int
    accuracy: float
    majority: float
    macro_recall: float
    calibration_error: float
    loss: float
    recall: dict[str, float]


@dataclass(frozen=True)
class Classifier:
    """classes: labels; weights: float32 [buckets, classes]; bias: float32 [classes]; calibration: from scores
    to probabilities; reading: how texts become tokens; held_out: its evaluation."""

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    calibration: Calibration
    reading: Reading
    held_out: HeldOut

    def scores(self, texts: pa.ChunkedArray | pa.Array) -> np.ndarray:
        """float32 [documents, classes] before the softmax. texts: string, no nulls."""
        tokens = read(texts, self.reading)
        out = np.empty((len(tokens.starts), len(self.classes)), np.float32)
        scores(tokens.hashes, tokens.starts, tokens.counts, self.weights, self.bias, self.reading.ngram, out)
        return out

    def predict(self, texts: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The most likely class of each text, int64 [documents], and its probability, float64."""
        found = self.calibration.probabilities(self.scores(texts))
        best: np.ndarray = found.argmax(axis=1)
        return best, found[np.arange(len(best)), best]

    def save(self, path: Path) -> None:
        """Write the file, or leave it as it was. Raises OSError from the disk."""
        from safetensors.numpy import save_file

        about = {
            "features": _FEATURES,
            "classes": list(self.classes),
            "calibration": asdict(self.calibration),
            "reading": asdict(self.reading),
            "held_out": asdict(self.held_out),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as aside:
            tensors = {"weights": self.weights, "bias": self.bias}
            save_file(tensors, str(aside), {"rewarm": json.dumps(about, ensure_ascii=False, sort_keys=True)})


def load(path: Path) -> Classifier:
    """The classifier in a file. Raises RewarmError for one that is no classifier of this version."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "np") as file:
            about = json.loads((file.metadata() or {})["rewarm"])
            weights, bias = file.get_tensor("weights"), file.get_tensor("bias")
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise RewarmError(f"{path}: is not a classifier of rewarm ({error}). Run its recipe again") from None
    if about.get("features") != _FEATURES or weights.shape[1] != len(about["classes"]):
        raise RewarmError(f"{path}: was made by another version of rewarm. Run its recipe again")
    return Classifier(
        tuple(about["classes"]),
        weights,
        bias,
        Calibration(**about["calibration"]),
        Reading(**about["reading"]),
        HeldOut(**about["held_out"]),
    )
