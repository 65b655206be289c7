"""CSV and TSV with a header: rows as objects of strings, read in blocks.

A row is complete when no field is open (RFC 4180, section 2), so lines are joined until none is. A quote
opens a field only where one begins: `5" pipe` has an inch. One that never closes costs the lines up to the
limit of bytes, as one fault that names them. Rows are decoded one by one, so that a bad byte costs its row.
"""

import codecs
import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from rewarm.corpus.io import streams
from rewarm.data.collect import json_lines, records
from rewarm.data.collect.records import Fault, Item, Note
from rewarm.text import encoding


def read(stream: BinaryIO, text: str, most: int, mask: str | None, *, tabs: bool) -> Iterator[Item]:
    """Records by row number, from 1, the header not counted. text, mask: the columns."""
    blocks = streams.blocks(stream)
    first = next(blocks, b"").removeprefix(codecs.BOM_UTF8)
    name = encoding.guess(first[: encoding.HEAD], whole=False) or _of_a_line(first)
    parts: Iterable[bytes] = chain([first], blocks)
    if name != "utf-8":
        yield Note("", f"encoding.{name}", f"read as {name}, not UTF-8")
    if name.startswith(("utf-16", "utf-32")):
        parts, name = json_lines.as_utf8(parts, name), "utf-8"
    csv.field_size_limit(most + 1)
    delimiter = "\t" if tabs else ","
    header: list[str] = []
    number = -1
    for row in _rows(parts, most, name, delimiter.encode()):
        if isinstance(row, Fault):
            number += 1
            yield Fault(str(number), row.reason, row.detail, row.excerpt)
            continue
        for line, cells in _cells(row, delimiter):
            number += 1
            if isinstance(cells, csv.Error):
                yield Fault(str(number), "parse.csv", str(cells), line[:200])
            elif not header:
                header = cells
            elif len(cells) == len(header):
                yield records.of(dict(zip(header, cells, strict=True)), text, mask, str(number))
            else:
                detail = f"row has {len(cells)} fields, the header {len(header)}"
                yield Fault(str(number), "parse.csv", detail, line[:200])
    if not header:
        yield Fault("", "parse.empty_file", "no header")


def _of_a_line(head: bytes) -> str:
    """The encoding of the first line that tells, where bytes that fit none stand among others."""
    for line in head[: encoding.HEAD].split(b"\n")[:-1]:
        if not line.isascii() and (name := encoding.guess(line)):
            return name
    return "utf-8"


def _cells(row: str, delimiter: str) -> Iterator[tuple[str, list[str] | csv.Error]]:
    """The row's fields; of several lines that are no row together, those of each by itself."""
    try:
        yield row, next(csv.reader([row], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "\n" not in row:
            yield row, error
            return
        for line in row.split("\n"):
            yield from _cells(line.removesuffix("\r"), delimiter) if line.strip() else ()


def _rows(blocks: Iterable[bytes], most: int, name: str, delimiter: bytes) -> Iterator[str | Fault]:
    """name: an encoding in which no other character has the bytes of a quote, a delimiter or a line's end."""
    parts: list[bytes] = []
    size = began = 0
    open_field = False
    for number, line, length in json_lines.lines(blocks, most):
        if not parts and not line.strip():
            continue
        began = began if parts else number
        size += length
        if size > most:
            detail = f"row of more than {size:,} bytes from line {began} on; is a quote not closed?"
            yield Fault(
                "", "parse.too_long", detail, b"\n".join([*parts[:1], line])[:200].decode("utf-8", "replace")
            )
            parts, size, open_field = [], 0, False
            continue
        parts.append(line)
        open_field = _leaves_open(line, open_field, delimiter)
        if not open_field:
            yield _decoded(parts, name)
            parts, size = [], 0
    if parts:
        detail = f"a quote from line {began} on is not closed: {len(parts)} lines are lost"
        yield Fault("", "parse.csv", detail, b"\n".join(parts[:4])[:200].decode("utf-8", "replace"))


def _leaves_open(line: bytes, inside: bool, delimiter: bytes) -> bool:
    """Whether a quoted field is open at the line's end; inside: whether one was at its start."""
    place, opening = 0, delimiter + b'"'
    if not inside and line.startswith(b'"'):
        inside, place = True, 1
    while True:
        if not inside:
            quote = line.find(opening, place)
            if quote < 0:
                return False
            inside, place = True, quote + len(opening)
        quote = line.find(b'"', place)
        if quote < 0:
            return True
        doubled = line[quote + 1 : quote + 2] == b'"'
        inside, place = doubled, quote + 1 + doubled


def _decoded(parts: list[bytes], name: str) -> str | Fault:
    row = b"\n".join(parts)
    try:
        return row.decode(name).removesuffix("\r")
    except UnicodeDecodeError:
        return Fault("", "parse.encoding", encoding.why_not(row), row[:200].decode("utf-8", "replace"))
