"""Archives unpacked member by member into a scratch folder, under limits.

Members are written under numbers, so that no name in an archive chooses a place on disk. What is no plain
file (links, devices), or has a name that leads out of the archive, is refused and listed. Sizes are counted
while unpacking, since declared ones lie. Compressed single files (.gz, .xz …) are archives of one member.
"""

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

import zstandard

from rewarm.parse.job import Job
from rewarm.parse.kinds import of_head
from rewarm.parse.parsed import Item, Member, Problem, Unreadable

_BLOCK = 2**18
_BROKEN = (
    EOFError, OSError, zlib.error, lzma.LZMAError, zstandard.ZstdError, zipfile.BadZipFile, tarfile.TarError,
    NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip


class _Room:
    """What may still be written of one archive."""

    def __init__(self, job: Job) -> None:
        self.scratch = Path(job.options["scratch"])
        self.left = self.most = job.limits.unpacked(job.path.stat().st_size)
        self.members = job.limits.members
        self.number = 0

    def write(self, stream: IO[bytes], name: str, beat: Job) -> Member:
        """Raises Unreadable beyond the limit, and removes what was written of the member."""
        self.number += 1
        if self.number > self.members:
            raise Unreadable(
                "archive.members", f"has more than {self.members:,} members; the rest is not read"
            )
        path = self.scratch / f"{self.number:06}"
        size = 0
        with path.open("wb") as out:
            while block := stream.read(_BLOCK):
                size += len(block)
                if size > self.left:
                    out.close()
                    path.unlink()
                    raise Unreadable(
                        "archive.expansion", f"unpacks to more than {self.most:,} bytes; the rest is not read"
                    )
                out.write(block)
                if size % (64 * _BLOCK) < _BLOCK:
                    beat.begin(name)
        self.left -= size
        return Member(name, str(path), size)


def read_archive(job: Job) -> Iterator[Item]:
    """Members in the archive's order, and Problems for those refused."""
    room = _Room(job)
    if job.kind == "zip":
        yield from _zip(job, room)
    elif job.kind == "tar":
        with job.path.open("rb") as stream:
            yield from _tar(job, room, stream)
    else:
        yield from _compressed(job, room)


def _refusal(name: str) -> str | None:
    """Why a member's name is refused."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        return "its name leads out of the archive"
    return None


def _hidden(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") and part != ".." for part in parts) or "__MACOSX" in parts


def _zip(job: Job, room: _Room) -> Iterator[Item]:
    try:
        archive = zipfile.ZipFile(job.path)
    except _BROKEN as error:
        raise Unreadable("parse.truncated", f"the zip archive is damaged: {error}") from None
    with archive:
        for entry in archive.infolist():
            name = entry.filename
            if entry.is_dir() or name in job.skip or _hidden(name):
                continue
            job.begin(name)
            if why := _refusal(name):
                yield Problem(name, "archive.path", why)
            elif (entry.external_attr >> 16) & 0o170000 == 0o120000:
                yield Problem(name, "archive.link", "a symbolic link, not followed")
            elif entry.flag_bits & 1:
                yield Problem(name, "parse.encrypted", "is encrypted: unpack it with its password")
            else:
                try:
                    with archive.open(entry) as stream:
                        yield room.write(stream, name, job)
                except _BROKEN as error:
                    yield Problem(name, "parse.truncated", f"cannot be unpacked: {error}")


def _tar(job: Job, room: _Room, stream: IO[bytes]) -> Iterator[Item]:
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for entry in archive:
                name = entry.name
                if entry.isdir() or name in job.skip or _hidden(name.removeprefix("./")):
                    continue
                job.begin(name)
                if entry.issym() or entry.islnk():
                    yield Problem(name, "archive.link", f"a link to {entry.linkname!r}, not followed")
                elif not entry.isfile():
                    yield Problem(name, "archive.special", "a device or pipe, not read")
                elif why := _refusal(name):
                    yield Problem(name, "archive.path", why)
                elif (content := archive.extractfile(entry)) is not None:
                    yield room.write(content, name.removeprefix("./"), job)
    except _BROKEN as error:
        raise Unreadable("parse.truncated", f"the tar archive breaks: {error}") from None


def _compressed(job: Job, room: _Room) -> Iterator[Item]:
    """A tar archive within, read as a stream, or one file."""
    try:
        with _decompressed(job) as stream:
            head = stream.read(4096)
        with _decompressed(job) as stream:
            if of_head(head) == "tar":
                yield from _tar(job, room, cast(IO[bytes], _Bounded(stream, room.most)))
            else:
                name = job.options.get("name", "") or "content"
                job.begin(name)
                yield room.write(stream, name, job)
    except _BROKEN as error:
        raise Unreadable("parse.truncated", f"the compressed stream breaks: {error}") from None


class _Bounded:
    """A stream that refuses to give more than so many bytes: skipping a member decompresses it as well."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream, self._left, self._most = stream, most * 2, most

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if size >= 0 else _BLOCK)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable(
                "archive.expansion", f"unpacks to more than {self._most:,} bytes; the rest is not read"
            )
        return data


def _decompressed(job: Job) -> IO[bytes]:
    match job.kind:
        case "gzip":
            return cast(IO[bytes], gzip.open(job.path))
        case "bzip2":
            return cast(IO[bytes], bz2.open(job.path))
        case "xz":
            return cast(IO[bytes], lzma.open(job.path))
    return cast(IO[bytes], zstandard.ZstdDecompressor().stream_reader(job.path.open("rb"), closefd=True))
