"""What a classifier does on labelled texts outside of its training: shares, confusion, calibration."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rewarm.classify.calibration import calibration_error, loss


@dataclass(frozen=True, slots=True)
class HeldOut:
    """trained: documents that it was trained on; documents: how many measure it.

    accuracy, majority (always the most frequent class), macro_recall, macro_f1 (means over classes that the
    measuring documents have): shares; calibration_error: see `calibration`; loss: nats; recall, f1: by class;
    confusion: documents by true class (row) and predicted class (column), in the order of the classes; folds:
    1 where one part was held out, else the parts of a cross-validation, in which every document measures.
    """

    trained: int
    documents: int
    accuracy: float
    majority: float
    macro_recall: float
    calibration_error: float
    loss: float
    recall: dict[str, float]
    macro_f1: float = 0.0
    f1: dict[str, float] = field(default_factory=dict)
    confusion: list[list[int]] = field(default_factory=list)
    folds: int = 1


def measured(
    chances: np.ndarray, wanted: np.ndarray, classes: Sequence[str], trained: int, folds: int = 1
) -> HeldOut:
    """chances: calibrated probabilities, float64 [documents, classes]; wanted: int64 [documents]."""
    found = chances.argmax(axis=1) if len(wanted) else np.empty(0, np.int64)
    number = len(classes)
    confusion = np.bincount(wanted * number + found, minlength=number**2).reshape(number, number)
    right, true, said = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    there = [int(place) for place in np.flatnonzero(true)]
    recall = {classes[place]: round(float(right[place] / true[place]), 4) for place in there}
    f1 = {classes[place]: round(float(2 * right[place] / (true[place] + said[place])), 4) for place in there}
    return HeldOut(
        trained=trained,
        documents=len(wanted),
        accuracy=round(float(right.sum() / max(1, len(wanted))), 4),
        majority=round(float(true.max() / max(1, len(wanted))), 4),
        macro_recall=_mean(recall),
        calibration_error=round(calibration_error(chances, wanted), 4),
        loss=round(loss(chances, wanted), 4),
        recall=recall,
        macro_f1=_mean(f1),
        f1=f1,
        confusion=confusion.tolist(),
        folds=folds,
    )


def _mean(by_class: dict[str, float]) -> float:
    return round(float(np.mean([*by_class.values()])), 4) if by_class else 0.0
