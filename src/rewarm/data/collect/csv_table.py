"""CSV and TSV with a header: rows as objects of strings, read in blocks.

A row is complete when its quotes are even (RFC 4180, section 2), so lines are joined until they are; a
quote that never closes costs the lines up to the limit of bytes, as one fault that names them.
"""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from rewarm.corpus import streams
from rewarm.data.collect import encoding, json_lines, records
from rewarm.data.collect.records import Fault, Item, Note


def read(stream: BinaryIO, text: str, most: int, mask: str | None, *, tabs: bool) -> Iterator[Item]:
    """Records by row number, from 1, the header not counted. text, mask: the columns."""
    blocks = streams.blocks(stream)
    first = next(blocks, b"")
    name = encoding.guess(first[: encoding.HEAD], whole=False) or "utf-8"
    if name not in ("utf-8", "utf-8-sig"):
        yield Note("", f"encoding.{name}", f"read as {name}, not UTF-8")
    csv.field_size_limit(most + 1)
    header: list[str] = []
    number = -1
    for row in _rows(json_lines.as_utf8(chain([first], blocks), name), most):
        number += 1
        if isinstance(row, Fault):
            yield Fault(str(number), row.reason, row.detail, row.excerpt)
            continue
        try:
            cells = next(csv.reader([row], delimiter="\t" if tabs else ",", strict=True), [])
        except csv.Error as error:
            yield Fault(str(number), "parse.csv", str(error), row[:200])
            continue
        if not header:
            header = cells
        elif len(cells) == len(header):
            yield records.of(dict(zip(header, cells, strict=True)), text, mask, str(number))
        else:
            detail = f"row has {len(cells)} fields, the header {len(header)}"
            yield Fault(str(number), "parse.csv", detail, row[:200])
    if not header:
        yield Fault("", "parse.empty_file", "no header")


def _rows(blocks: Iterable[bytes], most: int) -> Iterator[str | Fault]:
    parts: list[bytes] = []
    size = quotes = began = 0
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
            parts, size, quotes = [], 0, 0
            continue
        parts.append(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield _decoded(parts)
            parts, size, quotes = [], 0, 0
    if parts:
        detail = f"a quote from line {began} on is not closed: {len(parts)} lines are lost"
        yield Fault("", "parse.csv", detail, b"\n".join(parts[:4])[:200].decode("utf-8", "replace"))


def _decoded(parts: list[bytes]) -> str | Fault:
    row = b"\n".join(parts)
    try:
        return row.decode().removesuffix("\r")
    except UnicodeDecodeError:
        return Fault("", "parse.encoding", encoding.why_not(row), row[:200].decode("utf-8", "replace"))
