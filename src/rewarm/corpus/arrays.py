"""What the phases of a step hand each other: folders of .npy files, mapped, so that only what is looked
at is read.
"""

from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt

from rewarm.engine.publish import publishing

# np.load parses a header as Python, and Python 3.11 counts its recursion wrongly when threads parse at once:
# "SystemError: AST constructor recursion depth mismatch".
_HEADERS = Lock()


def save(folder: Path, /, **arrays: np.ndarray | list[np.ndarray]) -> None:
    """Write arrays of any dtype and shape [items, …] under their names, all of them or none.

    What an earlier attempt finished stays. A list is the parts of one array, one at least and of one type:
    they are not joined in memory.
    """
    if folder.exists():
        return
    with publishing(folder) as aside:
        for name, array in arrays.items():
            path = aside / f"{name}.npy"
            if isinstance(array, list):
                _save_parts(path, array)
            else:
                np.save(path, array)


def _save_parts(path: Path, parts: list[np.ndarray]) -> None:
    first = parts[0]
    shape = (sum(len(part) for part in parts), *first.shape[1:])
    header = {"shape": shape, "fortran_order": False, "descr": np.lib.format.dtype_to_descr(first.dtype)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            part.tofile(file)


def load(folder: Path) -> dict[str, np.ndarray]:
    """Every array of a folder by name, memory-mapped: dtype and shape [items, …] as saved."""
    return {path.stem: _mapped(path) for path in folder.glob("*.npy")}


def load_one(folder: Path, name: str) -> np.ndarray:
    """One array of a folder, memory-mapped, with the dtype and shape [items, …] it was saved with."""
    return _mapped(folder / f"{name}.npy")


def _mapped(path: Path) -> np.ndarray:
    with _HEADERS:
        return np.asarray(np.load(path, mmap_mode="r"))


def unique_sorted(values: np.ndarray) -> np.ndarray:
    """The distinct values of a one-dimensional array, in ascending order.

    `np.unique` of numpy 2.3 and later hashes integers first: 3.2 CPU-seconds for 2 million uint64
    values where sorting takes 0.05.
    """
    ordered = np.sort(values)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    found: np.ndarray = ordered[first]
    return found


def column(folders: list[Path], name: str, empty: npt.DTypeLike = np.int64) -> np.ndarray:
    """[items of all shards]: one array of every shard, joined in order; without shards of dtype `empty`."""
    parts = [load_one(folder, name) for folder in folders]
    return np.concatenate(parts) if parts else np.empty(0, empty)
