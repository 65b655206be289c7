"""What the phases of `trim` hand each other: folders of .npy files, mapped, gone when the step is done."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from rewarm.corpus.arrays import column, load, load_one, save

__all__ = ["FINGERPRINTS", "INDEX", "MEETINGS", "PIECES", "column", "load", "load_one", "save"]

PIECES, FINGERPRINTS = "_pieces-arrays", "_fingerprints-arrays"
INDEX, MEETINGS = "_index-arrays", "_meetings-arrays"


def joined_on_disk(target: Path, folders: list[Path], name: str, kind: npt.DTypeLike) -> None:
    """Write one array of every shard, in order, as one file, part by part."""
    total = sum(len(load_one(folder, name)) for folder in folders)
    if not total:
        np.save(target, np.empty(0, kind))
        return
    whole = np.lib.format.open_memmap(target, mode="w+", dtype=kind, shape=(total,))
    place = 0
    for folder in folders:
        part = load_one(folder, name)
        whole[place : place + len(part)] = part
        place += len(part)
    whole.flush()
