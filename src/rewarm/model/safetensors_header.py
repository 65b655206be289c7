"""Headers of safetensors files, read with every length checked before it is used.

A file is 8 bytes with the header's length, the header (JSON: name to dtype, shape and byte range), and
the data (github.com/huggingface/safetensors, README, "Format"). A header may be 100 MB at most there.
Reading a header costs one small read, so a truncated download is found without loading anything.
"""

import json
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError

_LONGEST = 100_000_000
_BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "I16": 16, "U16": 16,
    "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32, "F64": 64, "I64": 64, "U64": 64,
    "C64": 64, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
_METADATA = "__metadata__"
_AGAIN = "Fetch the file again."


@dataclass(frozen=True, slots=True)
class Entry:
    """A tensor of the file: its dtype as written, its shape, and its bytes after the header."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


def read(file: Path) -> dict[str, Entry]:
    """The tensors of a file by name.

    Raises RewarmError that names the file and what is wrong, and OSError when it cannot be read.
    """
    header, room = _header(file)
    return {name: _entry(file, name, entry, room) for name, entry in header.items() if name != _METADATA}


def metadata(file: Path) -> object:
    """What the file says of itself (`__metadata__`), None where it says nothing. Raises as `read` does."""
    return _header(file)[0].get(_METADATA)


def _header(file: Path) -> tuple[dict[str, Any], int]:
    """The header, and the bytes of data after it."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        first = stream.read(8)
        if len(first) < 8:
            raise _broken(file, f"is {size:,} bytes long, shorter than any safetensors file")
        length = int.from_bytes(first, "little")
        if first.startswith(b"version "):
            raise RewarmError(f"{file}: is a Git LFS pointer, not weights. Run `git lfs pull` in its folder.")
        if length > min(_LONGEST, size - 8):
            raise _broken(
                file,
                f"claims a header of {length:,} bytes and is {size:,} bytes long: cut off or no safetensors",
            )
        data = stream.read(length)
    try:
        header = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _broken(file, f"its header is not JSON ({str(error).splitlines()[0]})") from None
    if not isinstance(header, dict):
        raise _broken(file, "its header is not an object")
    return header, size - 8 - length


def _entry(file: Path, name: str, entry: dict[str, Any], room: int) -> Entry:
    try:
        dtype, shape = str(entry["dtype"]), tuple(entry["shape"])
        start, end = entry["data_offsets"]
    except (TypeError, KeyError, ValueError):
        raise _broken(file, f"tensor '{name}' lacks dtype, shape or data_offsets") from None
    if not all(type(number) is int and number >= 0 for number in (*shape, start, end)):
        raise _broken(file, f"tensor '{name}' has shape {list(shape)} at bytes {start} to {end}")
    if end > room:
        raise _broken(
            file,
            f"tensor '{name}' ends at byte {end:,} of the data, and the file has {room:,}: it is cut off",
        )
    bits = _BITS.get(dtype)
    if end < start or (bits and 8 * (end - start) != bits * prod(shape)):
        raise _broken(
            file, f"tensor '{name}' of shape {list(shape)} in {dtype} does not take {end - start:,} bytes"
        )
    return Entry(dtype, shape, start, end)


def _broken(file: Path, why: str) -> RewarmError:
    return RewarmError(f"{file}: {why}. {_AGAIN}")
