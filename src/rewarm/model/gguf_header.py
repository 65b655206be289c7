"""The header of a GGUF file, read with every count and length checked before it is used.

Format: github.com/ggml-org/ggml, docs/gguf.md. Magic, version, counts, then metadata and tensor
descriptions, then the data at an alignment. A reader that trusts the counts allocates gigabytes for a
damaged file or fails deep inside a library; here the error names the file and what is wrong.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

from rewarm.errors import RewarmError

_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MOST_DIMENSIONS = 4
_MOST_NESTED = 3
# Elements and bytes of a block, by tensor type; a type that is not here is not measured.
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84),
    11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 24: (1, 1), 25: (1, 2), 26: (1, 4),
    27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Header:
    """settings: scalars and strings of the metadata (arrays are checked and left out); tensors: name to
    shape, fastest dimension first, as in the file."""

    settings: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]


def read(file: Path) -> Header:
    """Read and check the header, once as long as the file does not change. Callers share what it returns.

    Raises RewarmError that names the file and what is wrong, and OSError when it cannot be read.
    """
    state = file.stat()
    return _read(file, state.st_size, state.st_mtime_ns)


# A header has every token of a vocabulary: preflight alone asks four times.
@lru_cache(maxsize=4)
def _read(file: Path, size: int, changed: int) -> Header:  # the last two are part of the key
    with file.open("rb") as stream:
        source = _Source(file, stream, size)
        magic = stream.read(4)
        if magic != b"GGUF":
            raise source.broken(f"starts with {magic!r}, not 'GGUF': it is not a GGUF file")
        version = source.number("I")
        if version not in _VERSIONS:
            raise source.broken(
                f"has version {version}; versions {' and '.join(map(str, _VERSIONS))} are read"
            )
        tensors, pairs = source.number("Q"), source.number("Q")
        # A tensor takes 24 bytes of header at least, a pair 13.
        if 24 * tensors > size or 13 * pairs > size:
            raise source.broken(
                f"claims {tensors:,} tensors and {pairs:,} metadata entries in {size:,} bytes: it is damaged"
            )
        settings: dict[str, Any] = {}
        for _ in range(pairs):
            key = source.text("a metadata key")
            value = source.value(key)
            if value is not None:
                settings[key] = value
        described = [source.tensor() for _ in range(tensors)]
        alignment = settings.get("general.alignment", 32)
        if type(alignment) is not int or not 1 <= alignment <= 2**20:
            raise source.broken(f"has alignment {alignment!r}")
        start = -(-stream.tell() // alignment) * alignment
    for name, shape, kind, offset in described:
        elements, block_bytes = BLOCKS.get(kind, (1, 0))
        end = start + offset + prod(shape) // elements * block_bytes
        if end > size:
            raise source.broken(
                f"tensor '{name}' ends at byte {end:,}, and the file has {size:,}: it is cut off"
            )
    return Header(settings, {name: shape for name, shape, _, _ in described})


class _Source:
    def __init__(self, file: Path, stream: BinaryIO, size: int) -> None:
        self._file, self._stream, self._size = file, stream, size

    def broken(self, why: str) -> RewarmError:
        return RewarmError(f"{self._file}: {why}. Fetch the file again.")

    def number(self, code: str) -> int:
        length = struct.calcsize(f"<{code}")
        unpacked: int = struct.unpack(f"<{code}", self._bytes(length, "a number"))[0]
        return unpacked

    def text(self, what: str) -> str:
        return self._bytes(self.number("Q"), what).decode("utf-8", "replace")

    def value(self, key: str) -> object:
        """A scalar or string; None for an array, which is only passed over."""
        kind = self.number("I")
        if kind == _ARRAY:
            self._array(key, 1)
            return None
        return self._one(kind, key)

    def tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name = self.text("a tensor's name")
        dimensions = self.number("I")
        if dimensions > _MOST_DIMENSIONS:
            raise self.broken(f"tensor '{name[:80]}' claims {dimensions:,} dimensions: it is damaged")
        shape = tuple(self.number("Q") for _ in range(dimensions))
        if prod(shape) > 2**48:
            raise self.broken(f"tensor '{name[:80]}' claims the shape {list(shape)}: it is damaged")
        return name, shape, self.number("I"), self.number("Q")

    def _array(self, key: str, depth: int) -> None:
        kind, count = self.number("I"), self.number("Q")
        if count > self._size or depth > _MOST_NESTED:
            raise self.broken(f"metadata '{key[:80]}' claims {count:,} entries: it is damaged")
        if kind in _SCALARS:
            self._bytes(count * struct.calcsize(f"<{_SCALARS[kind]}"), f"metadata '{key[:80]}'")
            return
        for _ in range(count):
            if kind == _ARRAY:
                self._array(key, depth + 1)
            else:
                self._one(kind, key)

    def _one(self, kind: int, key: str) -> object:
        if kind == _STRING:
            return self.text(f"metadata '{key[:80]}'")
        if kind not in _SCALARS:
            raise self.broken(f"metadata '{key[:80]}' has the unknown type {kind}: it is damaged")
        return self.number(_SCALARS[kind])

    def _bytes(self, length: int, what: str) -> bytes:
        left = self._size - self._stream.tell()
        if length > left:
            raise self.broken(f"ends inside {what}, which claims {length:,} bytes: it is cut off or damaged")
        return self._stream.read(length)
