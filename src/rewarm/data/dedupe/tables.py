"""What the phases of `dedupe` hand each other, gone when the step is done.

An uncompressed .npz for each shard; what stands for all shards together is a folder of .npy files,
mapped, so that a shard reads its own part of it.
"""

from pathlib import Path
from typing import Any

import numpy as np

from rewarm.corpus.publish import publishing, writing
from rewarm.data.dedupe.gram_sets import GramSets

INDEX = "_index-arrays"
CLUSTERS = "_clusters-arrays"
_FIELDS = ("exact", "counts", "grams", "token_counts", "tokens")


def save(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays under their names, complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with writing(path) as aside, aside.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def save_mapped(folder: Path, **arrays: np.ndarray) -> None:
    """Write arrays that `mapped` opens, all of them or none."""
    with publishing(folder) as aside:
        for name, array in arrays.items():
            np.save(aside / f"{name}.npy", array)


def mapped(folder: Path) -> dict[str, np.ndarray]:
    """Every array of a folder, read where it is looked at."""
    return {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}


def sets_as_arrays(sets: GramSets) -> dict[str, np.ndarray]:
    """The fields of sets, to be saved."""
    return {name: getattr(sets, name) for name in _FIELDS}


def load_sets(file: Any) -> GramSets:
    """Sets from an open .npz."""
    return GramSets(*(file[name] for name in _FIELDS))


def column(paths: list[Path], name: str, empty: Any = np.int64) -> np.ndarray:
    """One array of every shard, joined in order; `empty` is the type where there is no shard."""
    parts = []
    for path in paths:
        with np.load(path) as file:
            parts.append(file[name])
    return np.concatenate(parts) if parts else np.empty(0, empty)
