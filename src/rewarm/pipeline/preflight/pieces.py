"""The start of a file, decompressed, and how many stored bytes it takes.

Compressed input is fed in small pieces, so the ratio of the sample is exact up to one piece: buffered
readers would read ahead and make small samples look badly compressed.
"""

import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO, cast

import zstandard

from rewarm.data.collect.origins import Origin

# A longer line than this is looked at up to here.
_LONGEST_LINE = 2**22
# 1 kB of zstd expands to 32 MB at most.
_FED = {".gz": 2**12, ".zst": 2**10}


@dataclass(frozen=True, slots=True)
class Piece:
    """data: decompressed; stored: bytes of the file that it takes; whole: it is the whole file."""

    data: bytes
    stored: int
    whole: bool


def start(origin: Origin, most: int) -> Piece:
    """The first `most` bytes or a little more, cut after the last line that is complete.

    Raises OSError, and zlib.error or zstandard.ZstdError for a broken stream.
    """
    with ExitStack() as stack:
        if origin.member:
            archive = stack.enter_context(zipfile.ZipFile(origin.path))
            raw = cast(BinaryIO, stack.enter_context(archive.open(origin.member)))
        else:
            raw = stack.enter_context(origin.path.open("rb"))
        suffix = next((end for end in _FED if origin.name.lower().endswith(end)), None)
        if suffix:
            return _cut(*_decompressed(raw, suffix, most), compressed=True)
        data = raw.read(most)
        if len(data) == most and b"\n" not in data:
            data += raw.read(_LONGEST_LINE)
        return _cut(data, len(data), not raw.read(1), compressed=False)


def _cut(data: bytes, stored: int, whole: bool, *, compressed: bool) -> Piece:
    if whole:
        return Piece(data, stored, True)
    line = data.rfind(b"\n") + 1
    kept = data[:line] if line else _whole_characters(data)
    share = len(kept) / len(data) if data else 1
    return Piece(kept, round(stored * share) if compressed else len(kept), False)


def _decompressed(raw: BinaryIO, suffix: str, most: int) -> tuple[bytes, int, bool]:
    out, stored = bytearray(), 0
    decoder = _decoder(suffix)
    rest = b""
    while len(out) < most or (b"\n" not in out and len(out) < _LONGEST_LINE):
        data = rest or raw.read(_FED[suffix])
        if not data:
            return bytes(out), stored, True
        if decoder.eof:
            decoder = _decoder(suffix)
        out += decoder.decompress(data)
        # What follows the end of a member or frame belongs to the next.
        rest = decoder.unused_data if decoder.eof else b""
        stored += len(data) - len(rest)
    return bytes(out), stored, False


def _decoder(suffix: str) -> "zlib._Decompress":
    if suffix == ".gz":
        return zlib.decompressobj(31)
    return cast("zlib._Decompress", zstandard.ZstdDecompressor().decompressobj())


def _whole_characters(data: bytes) -> bytes:
    """Without the bytes of a character that the end cuts."""
    for cut in range(min(4, len(data))):
        try:
            data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
        return data[: len(data) - cut]
    return data
