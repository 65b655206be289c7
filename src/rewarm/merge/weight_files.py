"""The tensors of a model folder, read in pieces from its safetensors files.

Only headers are read when a folder is opened. A tensor's numbers are read in runs of a fixed number of
elements, so memory does not grow with the model or with its largest tensor.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch

from rewarm.errors import RewarmError
from rewarm.model import safetensors_header

# What can be added and averaged. Integers are buffers, fp8 and narrower are quantised weights.
FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
_PIECE = 262_144


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor of a folder. dtype: as safetensors names it; start: its first byte in the file; size:
    its bytes."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int

    def raw(self, piece: int = 16 * _PIECE) -> Iterator[bytes]:
        """Its bytes in order, at most `piece` at a time."""
        with self.file.open("rb") as stream:
            stream.seek(self.start)
            left = self.size
            while left:
                data = stream.read(min(piece, left))
                if not data:
                    raise RewarmError(f"{self.file}: ended while it was read. Fetch the file again.")
                left -= len(data)
                yield data

    def pieces(self, elements: int = _PIECE) -> Iterator[torch.Tensor]:
        """Its numbers in order, 1-D in its own dtype, at most `elements` at a time.

        Raises KeyError for a dtype that is not in `FLOATS`.
        """
        dtype = FLOATS[self.dtype]
        for data in self.raw(elements * dtype.itemsize):
            # A bytearray, since torch warns about memory that it must not write.
            yield torch.frombuffer(bytearray(data), dtype=dtype)


class WeightFiles:
    """A folder with config.json and safetensors files."""

    def __init__(self, folder: Path) -> None:
        """Raises RewarmError for a folder without config.json or safetensors files."""
        self.folder = folder
        if not (folder / "config.json").is_file():
            raise RewarmError(f"{folder}: is not a model folder: it has no config.json")
        self.files = sorted(folder.glob("*.safetensors"))
        if not self.files:
            raise RewarmError(
                f"{folder}: has no *.safetensors file. Load the model with transformers and save it again "
                "with save_pretrained, which writes safetensors"
            )

    @cached_property
    def tensors(self) -> dict[str, Stored]:
        """By name, in the order of the files and of their data.

        Raises RewarmError for a damaged file, and for a tensor that two files hold.
        """
        found: dict[str, Stored] = {}
        for file in self.files:
            for name, one in of_file(file).items():
                if name in found:
                    raise RewarmError(
                        f"{self.folder}: the tensor '{name}' is in {found[name].file.name} and in "
                        f"{file.name}. Remove the files of another download"
                    )
                found[name] = one
        return found

    @property
    def size(self) -> int:
        """Of all weights."""
        return sum(one.size for one in self.tensors.values())


def of_file(file: Path) -> dict[str, Stored]:
    """The tensors of one file, in the order of their data. Raises RewarmError for a damaged file."""
    entries = safetensors_header.read(file)
    with file.open("rb") as stream:
        data = 8 + int.from_bytes(stream.read(8), "little")
    ordered = sorted(entries.items(), key=lambda item: item[1].start)
    return {
        name: Stored(file, entry.dtype, entry.shape, data + entry.start, entry.end - entry.start)
        for name, entry in ordered
    }
