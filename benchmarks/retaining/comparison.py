"""Gain and forgetting of all trainings, pooled over domains and seeds, and the merges with the base.

Every domain and seed has the same weight in the pooled gain: its bytes and nats are divided by the bytes of
its held-out domain documents. Intervals resample documents within each channel and are paired; they do not
include the spread between seeds, which is printed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rewarm.merge import front_scores
from rewarm.merge.front import Documents, Front, Measured, Point, front, measure

# Which results are merged with the base, and at which weights.
MERGED = {"naive": (0.75, 0.5), "default": (0.75, 0.5), "fast": (0.5,)}
VARIANTS = ("naive", "default", "even", "fast")


@dataclass(frozen=True)
class Cell:
    """One domain and seed. nats: by training and merge weight, float64 [documents]."""

    name: str
    documents: Documents
    size: np.ndarray
    base: np.ndarray
    nats: dict[tuple[str, float], np.ndarray]


def cell(run: Path, name: str, merges: bool, only: Sequence[str] = VARIANTS) -> Cell:
    """The scores of one run's variants; merges are computed and kept in the run's directory."""
    nats: dict[tuple[str, float], np.ndarray] = {}
    for variant in only:
        trained = front_scores.of_run_directory(run / "variants" / variant)
        weights = [1.0, *(MERGED.get(variant, ()) if merges else ())]
        found = front_scores.sums(trained, [0.0, *weights], run / "merged")
        for weight in weights:
            nats[variant, weight] = found[weight][:, 0]
    size = found[0.0][:, 2]
    scale = np.full(len(size), 1 / size[trained.domain].sum())
    ids = np.array([f"{name} {one}" for one in trained.ids])
    documents = Documents(ids, trained.channel, trained.domain)
    scaled = {key: values * scale for key, values in nats.items()}
    return Cell(name, documents, size * scale, found[0.0][:, 0] * scale, scaled)


def pooled(cells: Sequence[Cell]) -> tuple[Documents, np.ndarray, np.ndarray, list[Point]]:
    """Documents, sizes, base and points of all cells together."""
    documents = Documents(*(np.concatenate([getattr(one.documents, field) for one in cells])
                            for field in ("ids", "channel", "domain")))  # fmt: skip
    size, base = (np.concatenate([getattr(one, field) for one in cells]) for field in ("size", "base"))
    keys = [key for key in cells[0].nats if all(key in one.nats for one in cells)]
    points = [Point(*key, np.concatenate([one.nats[key] for one in cells])) for key in keys]
    return documents, size, base, points


def compare(cells: Sequence[Cell]) -> tuple[dict[tuple[str, float], Measured], Front]:
    """Every point on all documents, and the front, which chooses on one half and reports on the other."""
    documents, size, base, points = pooled(cells)
    naive = next(
        number for number, point in enumerate(points) if (point.setting, point.weight) == ("naive", 1)
    )
    every = measure(documents, size, base, points, naive)
    found = {(one.point.setting, one.point.weight): one for one in every}
    return found, front(documents, size, base, points, naive)
