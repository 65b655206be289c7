"""Measures a classifier on labelled texts, and finds those on which it is surest against their label."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.classify import report
from rewarm.classify.classifier import Classifier
from rewarm.classify.held_out import HeldOut, measured
from rewarm.classify.seeds import Seeds
from rewarm.errors import RewarmError

_EXCERPT = 100
_BATCH = 512


@dataclass(frozen=True)
class Doubted:
    """A text whose label the classifier disputes. probability: of the predicted label."""

    place: str
    label: str
    predicted: str
    probability: float
    excerpt: str


@dataclass(frozen=True)
class Review:
    """measured: on all texts; doubted: surest first; unknown: texts by label that the classifier lacks."""

    measured: HeldOut
    doubted: list[Doubted]
    unknown: dict[str, int]


def review(model: Classifier, seeds: Seeds, most: int) -> Review:
    """Predict every text. Raises RewarmError where none has a label that the classifier knows."""
    number = {label: place for place, label in enumerate(model.classes)}
    known = [place for place, label in enumerate(seeds.labels) if label in number]
    unknown = {label: count for label, count in seeds.counts.items() if label not in number}
    if not known:
        raise RewarmError(
            f"none of the labels {', '.join(unknown)} is known to the classifier ({', '.join(model.classes)})"
        )
    parts = [
        model.probabilities(pa.array([seeds.texts[place] for place in known[at : at + _BATCH]], pa.string()))
        for at in range(0, len(known), _BATCH)
    ]
    chances = np.concatenate(parts)
    wanted = np.array([number[seeds.labels[place]] for place in known])
    best, sure = chances.argmax(axis=1), chances.max(axis=1)
    wrong = np.flatnonzero(best != wanted)
    order = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    doubted = [
        Doubted(
            seeds.places[known[one]],
            seeds.labels[known[one]],
            model.classes[best[one]],
            round(float(sure[one]), 4),
            " ".join(seeds.texts[known[one]][: 4 * _EXCERPT].split())[:_EXCERPT],
        )
        for one in order
    ]
    return Review(measured(chances, wanted, model.classes, 0), doubted, unknown)


def lines(found: Review, classes: tuple[str, ...]) -> Iterator[str]:
    """For the terminal."""
    yield from report.held_out_lines(found.measured, classes)
    if found.unknown:
        said = ", ".join(f"{label} ({count:,})" for label, count in found.unknown.items())
        yield f"unknown   labels that the classifier does not have: {said}"
    if found.doubted:
        yield "doubted   surest against the label:"
    for one in found.doubted:
        yield f"{'':<10}{one.probability:.3f}  {one.label} → {one.predicted}  {one.place}: {one.excerpt}"


def values(found: Review) -> dict[str, Any]:
    """For programs."""
    return asdict(found)
