"""Opens a model once and gives the function that measures texts under it."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

Measure = Callable[[list[str]], np.ndarray]
_BATCH = 512


def phase(column: str) -> str:
    """Name of the folder of a measured column."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", column)[-40:]
    return f"measured-{plain}-{hashlib.blake2b(column.encode(), digest_size=4).hexdigest()}"


def open_measure(model: str, score: dict[str, Any], config: dict[str, Any]) -> Measure:
    """Texts → float64 [texts]: bits per byte, expected rating from 0 to 1, or probability of a label.

    model: its name in `config["paths"]`. Raises RewarmError for a model or classifier that cannot be used.
    """
    path = Path(config["paths"][model])
    if score["kind"] == "label":
        return _label(path, score["label"])
    from rewarm.data.score.losses import Losses
    from rewarm.data.score.ratings import Ratings

    return Ratings(path, score, config) if score["kind"] == "rating" else Losses(path, config)


def _label(path: Path, label: str) -> Measure:
    from rewarm.classify import classifier
    from rewarm.errors import RewarmError

    model = classifier.load(path)
    if label not in model.classes:
        raise RewarmError(
            f"annotate.scores: {path} has no label '{label}'; labels are {', '.join(model.classes)}"
        )
    place = model.classes.index(label)

    def measure(given: list[str]) -> np.ndarray:
        parts = [
            model.probabilities(pa.array(given[at : at + _BATCH], pa.string()))[:, place]
            for at in range(0, len(given), _BATCH)
        ]
        return np.concatenate([*parts, np.empty(0)])

    return measure
