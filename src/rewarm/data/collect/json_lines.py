"""JSON lines: one object a line, read in blocks; a line beyond the limit is never held.

A line that is not strict UTF-8 is read in the file's encoding, guessed from its first block, or else
in one guessed from the line: dumps joined from several systems have both.
"""

import codecs
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from rewarm.corpus.io import streams
from rewarm.data.collect import records
from rewarm.data.collect.origins import Part
from rewarm.data.collect.records import Fault, Item, Note
from rewarm.text import encoding

_EXCERPT_BYTES = 800


def read(stream: BinaryIO, text: str, most: int, mask: str | None = None) -> Iterator[Item]:
    """Records by line number, from 1. text, mask: the fields; most: bytes of the longest line."""
    blocks = streams.blocks(stream)
    first = next(blocks, b"")
    file_encoding = encoding.guess(first[: encoding.HEAD], whole=False)
    if file_encoding == "utf-8-sig":
        first = first.removeprefix(codecs.BOM_UTF8)
    parts: Iterable[bytes] = chain([first], blocks)
    if file_encoding and _is_wide(file_encoding):
        yield _note("", file_encoding)
        parts = as_utf8(parts, file_encoding)
    content = False
    for item in _records(lines(parts, most), file_encoding, text, most, mask):
        content = True
        yield item
    if not content:
        yield Fault("", "parse.empty_file", "no line with content")


def read_part(path: Path, part: Part, text: str, most: int, mask: str | None = None) -> Iterator[Item]:
    """What `read` gives of these bytes of a plain file that `can_be_cut`, positions included. Encodings are
    noted once a part. A part without content gives nothing."""
    file_encoding = encoding.guess(_head(path), whole=False)
    blocks = streams.blocks_between(path, part.start, part.stop)
    if file_encoding == "utf-8-sig" and part.start == 0:
        blocks = chain([next(blocks, b"").removeprefix(codecs.BOM_UTF8)], blocks)
    yield from _records(lines(blocks, most, part.before), file_encoding, text, most, mask)


def can_be_cut(path: Path) -> bool:
    """Whether a newline byte ends a line: not in UTF-16 and UTF-32. Raises OSError."""
    return not _is_wide(encoding.guess(_head(path), whole=False) or "")


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(encoding.HEAD)


def _is_wide(name: str) -> bool:
    return name.startswith(("utf-16", "utf-32"))


def _records(
    numbered: Iterable[tuple[int, bytes, int]],
    file_encoding: str | None,
    text: str,
    most: int,
    mask: str | None,
) -> Iterator[Item]:
    """The records, faults and notes of lines as `lines` gives them; none for blank lines."""
    noted = {"utf-8", "utf-8-sig", file_encoding if _is_wide(file_encoding or "") else None}
    for number, line, size in numbered:
        if size > most:
            detail = f"line of {size:,} bytes; collect.max_record_bytes is {most:,}"
            yield Fault(str(number), "parse.too_long", detail, line.decode("utf-8", "replace"))
        elif line.strip():
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                value, used = _slowly(line, file_encoding, str(error))
                if isinstance(value, str):
                    reason = "parse.json" if used else "parse.encoding"
                    yield Fault(
                        str(number), reason, value, line[:_EXCERPT_BYTES].decode(used or "utf-8", "replace")
                    )
                    continue
                if used not in noted:
                    yield _note(str(number), used)
                    noted.add(used)
                value = value[0]
            if isinstance(value, dict) or text == records.WHOLE:
                yield records.of(value, text, mask, str(number))
            else:
                seen = f"line is {records.type_name(value)}, not an object with field '{text}'"
                yield Fault(
                    str(number), "parse.field", seen, line[:_EXCERPT_BYTES].decode("utf-8", "replace")
                )


def lines(blocks: Iterable[bytes], most: int, before: int = 0) -> Iterator[tuple[int, bytes, int]]:
    """(number from 1, line, its bytes); of a line beyond `most` bytes only the start. before: lines of the
    file before these blocks."""
    parts: list[bytes] = []
    number, size = before, 0
    for block in blocks:
        *whole, rest = block.split(b"\n")
        for piece in whole:
            number += 1
            size += len(piece)
            yield number, _join(parts, piece, size, most), size
            parts, size = [], 0
        size += len(rest)
        parts = [*parts, rest] if size <= most else [_join(parts, rest, size, most)]
    if size:
        yield number + 1, _join(parts, b"", size, most), size


def _join(parts: list[bytes], last: bytes, size: int, most: int) -> bytes:
    if size <= most:
        return b"".join([*parts, last]) if parts else last
    return b"".join(part[:_EXCERPT_BYTES] for part in [*parts[:8], last])[:_EXCERPT_BYTES]


def _slowly(line: bytes, file_encoding: str | None, error: str) -> tuple[Any, str]:
    """([value], encoding), or (what is wrong, encoding); no encoding when none fits.

    Python's own parser also takes NaN and lone surrogates, which real dumps hold.
    """
    for name in ("utf-8", file_encoding, encoding.guess(line)):
        if name:
            try:
                text = line.decode(name)
            except UnicodeDecodeError:
                continue
            try:
                return [json.loads(text)], name
            except (ValueError, RecursionError) as said:
                # orjson says what is wrong best, but sees only UTF-8.
                return (error if name == "utf-8" else str(said)), name
    return encoding.why_not(line), ""


def as_utf8(blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """The stream in UTF-8; what the encoding `name` does not allow raises UnicodeDecodeError."""
    if name == "utf-8":
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(name)()
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def _note(position: str, name: str) -> Note:
    return Note(position, f"encoding.{name}", f"read as {name}, not UTF-8")
