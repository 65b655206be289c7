"""A trained classifier: predicting, and its file.

The file is safetensors (the model's tensors) with JSON in its metadata: reading it runs no code, as a pickle
would. A classifier made by other features (`_FEATURES`) is refused.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.classify.calibration import Calibration
from rewarm.classify.encoder import EncoderModel, opened
from rewarm.classify.fasttext_model import FastTextModel
from rewarm.classify.held_out import HeldOut
from rewarm.classify.learner import Model
from rewarm.classify.reading import Reading
from rewarm.classify.words import Words
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

__all__ = ["Classifier", "HeldOut", "load"]

_FEATURES = 1


@dataclass(frozen=True)
class Classifier:
    """classes: labels; model: gives their scores; calibration: from scores to probabilities; held_out: its
    evaluation; axis: what the labels are about, "" where that was not said."""

    classes: tuple[str, ...]
    model: Model
    calibration: Calibration
    held_out: HeldOut
    axis: str = ""

    def scores(self, texts: pa.ChunkedArray | pa.Array) -> np.ndarray:
        """float32 [documents, classes] before the softmax. texts: string, no nulls."""
        return self.model.scores(texts)

    def probabilities(self, texts: pa.ChunkedArray | pa.Array) -> np.ndarray:
        """float64 [documents, classes], rows adding up to 1."""
        return self.calibration.probabilities(self.scores(texts))

    def predict(self, texts: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """The most likely class of each text, int64 [documents], and its probability, float64."""
        found = self.probabilities(texts)
        best: np.ndarray = found.argmax(axis=1)
        return best, found[np.arange(len(best)), best]

    def save(self, path: Path) -> None:
        """Write the file, or leave it as it was. Raises OSError from the disk."""
        from safetensors.numpy import save_file

        about = {
            "features": _FEATURES,
            "kind": self.model.kind,
            "axis": self.axis,
            "classes": list(self.classes),
            "calibration": asdict(self.calibration),
            **self.model.settings(),
            "held_out": asdict(self.held_out),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as aside:
            plain = json.dumps(about, ensure_ascii=False, sort_keys=True)
            save_file(self.model.tensors(), str(aside), {"rewarm": plain})


def load(path: Path) -> Classifier:
    """The classifier in a file. Raises RewarmError for one that is no classifier of this version."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "np") as file:
            about = json.loads((file.metadata() or {})["rewarm"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise RewarmError(f"{path}: is not a classifier of rewarm ({error}). Run its recipe again") from None
    if about.get("features") != _FEATURES:
        raise RewarmError(f"{path}: was made by another version of rewarm. Run its recipe again")
    return Classifier(
        tuple(about["classes"]),
        _model(path, about, tensors),
        Calibration(**about["calibration"]),
        HeldOut(**about["held_out"]),
        about.get("axis", ""),
    )


def _model(path: Path, about: dict[str, Any], tensors: dict[str, np.ndarray]) -> Model:
    kind = about.get("kind", "words")
    if kind == "words" and tensors["weights"].shape[1] == len(about["classes"]):
        return Words(tensors["weights"], tensors["bias"], Reading(**about["reading"]))
    if kind == FastTextModel.kind:
        return FastTextModel(tensors["fasttext"], len(about["classes"]))
    if kind == EncoderModel.kind:
        return opened(path, about, tensors)
    raise RewarmError(f"{path}: was made by another version of rewarm. Run its recipe again")
