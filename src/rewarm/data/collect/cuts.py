"""Large files cut into parts of bounded size, so that one file occupies every core and resumes inside.

JSON lines are cut by bytes. A first pass counts the newlines of each range and finds its first one; from
these follow where each part's first line begins and which number it has, so positions, and the ids made of
them, are those of the uncut file. The pass runs at the speed of the disk, and what it found is noted, as the
results of any unit are. Parquet is cut between row groups.

Other formats are not cut: what comes out of a decompressor has no bytes to seek to; a newline in UTF-16 is
no single byte; whether a newline in CSV ends a row depends on every quote before it, up to the header. They
are read as streams, by one process a file, into several shards (`shards.py`). So are JSON lines of the hub,
which the first pass would fetch twice; of its Parquet files only the footer is fetched.
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.io import streams
from rewarm.corpus.io.streams import BROKEN, without_compression
from rewarm.data.collect import json_lines, parquet
from rewarm.data.collect.origins import Origin, Part, format_of
from rewarm.data.collect.readers import is_plain
from rewarm.data.collect.records import WHOLE
from rewarm.engine.work import Counts, Work

PART_BYTES = 64 * 2**20
"""Of a part, on average."""
# A larger file is cut: one that is hardly larger than a part would give two small ones.
_CUT_BEYOND = 1.5
# Ranges that one unit of the first pass counts: 1 GB.
_RANGES = 16
_NEWLINE = 10


@dataclass(frozen=True)
class Range:
    """What the first pass found in bytes of a file. start, stop: the bytes; newlines: how many; first: place
    of the first newline in the file, -1 for none; ends: whether the last byte is one; content: whether any
    byte is no white space."""

    start: int
    stop: int
    newlines: int
    first: int
    ends: bool
    content: bool


def cut(work: Work, sources: Sequence[tuple[dict[str, Any], list[Origin]]]) -> list[list[Origin]]:
    """The files of each source, large ones in parts, in order.

    A source with a limit is not cut: a limit counts in file order.
    """
    bounds = [
        {
            origin.path: _even(origin.size)
            for origin in origins
            if source["limit"] is None and _is_cut_by_lines(origin, source)
        }
        for source, origins in sources
    ]
    units = [
        (str(path), starts[at : at + _RANGES + 1])
        for path, starts in {path: starts for own in bounds for path, starts in own.items()}.items()
        for at in range(0, len(starts) - 1, _RANGES)
    ]
    counts = work.map(count_lines, units, threads=True, phase="lines") if units else {}
    return [
        [part for origin in origins for part in _parts(origin, source, own.get(origin.path), counts)]
        for (source, origins), own in zip(sources, bounds, strict=True)
    ]


def count_lines(path: str, bounds: list[int]) -> Counts:
    """Count the newlines between each two of `bounds`; nothing for a file that cannot be read."""
    counts: Counts = {}
    try:
        for start, stop in pairwise(bounds):
            seen = _count(Path(path), start, stop)
            values = (seen.newlines, seen.first, int(seen.ends), int(seen.content))
            counts |= {f"{path}:{start}.{name}": value for name, value in zip(_NAMES, values, strict=True)}
    except OSError:
        return {}
    return counts


_NAMES = ("newlines", "first", "ends", "content")


def _count(path: Path, start: int, stop: int) -> Range:
    newlines, first, place, content, last = 0, -1, start, False, 0
    for block in streams.blocks_between(path, start, stop):
        if first < 0 and (at := block.find(b"\n")) >= 0:
            first = place + at
        # Unlike `bytes.count`, numpy leaves Python's lock to the other threads.
        newlines += int(np.count_nonzero(np.frombuffer(block, np.uint8) == _NEWLINE))
        content = content or not block.isspace()
        place += len(block)
        last = block[-1]
    return Range(start, place, newlines, first, last == _NEWLINE, content)


def _is_cut_by_lines(origin: Origin, source: dict[str, Any]) -> bool:
    if not origin.is_file or not _is_large(origin) or format_of(origin.name, source) != "jsonl":
        return False
    try:
        return is_plain(origin, source) and json_lines.can_be_cut(origin.path)
    except (OSError, *BROKEN):
        return False


def _is_large(origin: Origin) -> bool:
    plain = origin.member is None and without_compression(origin.name) == origin.name
    return plain and not origin.outside and origin.size > _CUT_BEYOND * PART_BYTES


def _even(size: int) -> list[int]:
    """Bounds of ranges of about PART_BYTES, none so short that a byte order mark does not fit."""
    number = max(1, min(round(size / PART_BYTES), size // len(codecs.BOM_UTF8)))
    return [size * at // number for at in range(number + 1)]


def _parts(origin: Origin, source: dict[str, Any], bounds: list[int] | None, counts: Counts) -> list[Origin]:
    parts: list[Origin] = []
    if bounds is not None:
        parts = list(_line_parts(origin, _ranges(origin, bounds, counts)))
    elif source["limit"] is None and _is_large(origin) and format_of(origin.name, source) == "parquet":
        parts = list(_row_group_parts(origin, source))
    return parts if len(parts) > 1 else [origin]


def _ranges(origin: Origin, bounds: list[int], counts: Counts) -> list[Range]:
    """Empty where the file could not be read, has changed since it was listed, or has no content."""
    ranges = []
    for start, stop in pairwise(bounds):
        seen = [counts.get(f"{origin.path}:{start}.{name}") for name in _NAMES]
        if None in seen:
            return []
        newlines, first, ends, content = (int(value or 0) for value in seen)
        ranges.append(Range(start, stop, newlines, first, bool(ends), bool(content)))
    # A byte order mark is no white space, nor is it content.
    return ranges if any(one.content for one in ranges[1:]) else []


def _line_parts(origin: Origin, ranges: list[Range]) -> Iterator[Origin]:
    """A part for each range in which a line begins: from the first such line to the next part's."""
    begins: list[tuple[int, int]] = []
    before = 0
    at_start = True
    for one in ranges:
        if at_start:
            begins.append((one.start, before))
        elif 0 <= one.first < one.stop - 1:
            begins.append((one.first + 1, before + 1))
        before += one.newlines
        at_start = one.ends
    if not begins:
        return
    stops = [start for start, _ in begins[1:]] + [ranges[-1].stop]
    for (start, lines_before), stop in zip(begins, stops, strict=True):
        yield replace(origin, size=stop - start, part=Part(start, stop, lines_before))


def _row_group_parts(origin: Origin, source: dict[str, Any]) -> Iterator[Origin]:
    text = WHOLE if source.get("conversations") else source["text"]
    try:
        if not is_plain(origin, source):
            return
        with origin.at_random() as content:
            groups = parquet.row_groups(content, text)
    except (OSError, pa.ArrowException, *BROKEN):
        return
    whole = sum(size for _, size in groups)
    start = before = size = rows = 0
    for number, (own_rows, own_size) in enumerate(groups, 1):
        rows, size = rows + own_rows, size + own_size
        if size >= PART_BYTES or number == len(groups):
            stored = origin.size * size // max(1, whole)
            yield replace(origin, size=stored, part=Part(start, number, before))
            start, before, size, rows = number, before + rows, 0, 0
