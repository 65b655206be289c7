"""Opening files, members of wheels, and what is compressed in either, as streams.

Nothing is unpacked to disk but for formats that need random access (`copied`), and nothing is held
in memory but a block: a 100 GB .jsonl.zst reads in a few MB.
"""

import gzip
import io
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError, zipfile.BadZipFile)
"""What a compressed stream raises when it is truncated or corrupt."""

BLOCK = 2**20
_COMPRESSED = re.compile(r"\.(gz|zst)$", re.IGNORECASE)
# 1 kB of zstd expands to at most 32 MB (runs of 128 kB in 4 bytes), so a bomb stays bounded.
_ZSTD_PIECE = 1024


def without_compression(name: str) -> str:
    """The name less .gz or .zst."""
    return _COMPRESSED.sub("", name)


def open_plain(path: Path, member: str | None, name: str) -> BinaryIO:
    """Open a file, or a member of a zip file, decompressed as its name says.

    Reading raises one of BROKEN when the stream is.
    """
    return decompressed(cast(BinaryIO, _archive(path).open(member) if member else path.open("rb")), name)


def decompressed(raw: BinaryIO, name: str) -> BinaryIO:
    """A stream, decompressed as its name says. Reading raises one of BROKEN when it is."""
    if name.lower().endswith(".gz"):
        return cast(BinaryIO, _Gzip(fileobj=raw))
    if name.lower().endswith(".zst"):
        return io.BufferedReader(_ZstdFrames(raw), 2**17)
    return raw


def blocks(stream: BinaryIO) -> Iterator[bytes]:
    """The stream in blocks of at most 1 MB, each as soon as it is there.

    `read` would lose what stands before a break in the same block; `read1` gives it.
    """
    read: io.BufferedReader = cast(io.BufferedReader, stream)
    while block := read.read1(BLOCK):
        yield block


def blocks_between(path: Path, start: int, stop: int) -> Iterator[bytes]:
    """The bytes `start` to `stop` of a file in blocks of at most 1 MB. Raises OSError."""
    with path.open("rb", buffering=0) as stream:
        stream.seek(start)
        while start < stop and (block := stream.read(min(BLOCK, stop - start))):
            start += len(block)
            yield block


def read_up_to(stream: BinaryIO, most: int) -> bytes:
    """The whole stream, or its first `most` + 1 bytes when it is longer."""
    parts, size = [], 0
    for block in blocks(stream):
        parts.append(block)
        size += len(block)
        if size > most:
            break
    return b"".join(parts)[: most + 1]


@contextmanager
def copied(content: BinaryIO) -> Iterator[Path]:
    """The rest of a stream as a temporary file; the stream is closed."""
    with tempfile.TemporaryDirectory(prefix="rewarm-") as folder:
        copy = Path(folder, "content")
        with content, copy.open("wb") as out:
            shutil.copyfileobj(content, out, BLOCK)
        yield copy


@lru_cache(maxsize=4)
def _archive(path: Path) -> zipfile.ZipFile:
    """An open zip file: reading its directory for each of 20,000 members would take longer than they do."""
    return zipfile.ZipFile(path)


class _Gzip(gzip.GzipFile):
    """GzipFile that closes the file below it, too."""

    def __init__(self, fileobj: BinaryIO) -> None:
        super().__init__(fileobj=fileobj, mode="rb")
        self._below = fileobj

    def close(self) -> None:
        super().close()
        self._below.close()


class _ZstdFrames(io.RawIOBase):
    """Zstandard frames as a raw stream. zstandard's own reader ends quietly in a truncated frame;
    this one raises EOFError, as gzip does."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._rest = b""
        self._out = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._out:
            data, self._rest = self._rest or self._raw.read(_ZSTD_PIECE), b""
            if not data:
                if self._frame is not None:
                    raise EOFError("zstandard frame ends before its end mark")
                return 0
            if self._frame is None:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._out = memoryview(self._frame.decompress(data))
            if self._frame.eof:
                self._rest, self._frame = self._frame.unused_data, None
        size = min(len(buffer), len(self._out))
        buffer[:size], self._out = self._out[:size], self._out[size:]
        return size

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
