"""How far the order of a page's lines is in doubt: columns read across, lines that jump back.

Measured from places and letters of the lines in the order in which they are given, not from how that order
was found. Each line counts once where

- it stands above the line before it in the same column;
- a gutter runs through it: it has two long pieces, both as within a sentence, with a gap where other lines
  of its block have theirs;
- the line before ends with a hyphen and it does not begin with a small letter.

A page in good order has 0, or a line or two where a caption or a table stands. Two columns read across
give about a half, in Chinese nearly 1.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from rewarm.parse.pdf.columns import Block
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.rows import Row

LEAST_LINES = 8
"""Fewer lines than these tell nothing."""
DOUBTFUL = 0.15
"""From this share on, a page is flagged."""
# Two pieces of a line are text beside text where both have so many characters.
_LONG = 20
_LEAST_ROWS = 3


def disorder(blocks: list[Block]) -> float:
    """The share of a page's lines whose place in the order is in doubt, 0..1; 0 for short pages."""
    rows = [row for block in blocks for row in block.rows]
    if len(rows) < LEAST_LINES:
        return 0.0
    doubtful: set[int] = set()
    for before, row in pairwise(rows):
        if _jumps_back(before, row):
            doubtful.add(id(row))
    for block in blocks:
        doubtful.update(map(id, _across_a_gutter(block)))
    for line, piece, after in _neighbours(rows):
        if piece.text.endswith("\u00ad") and not after.text.lstrip()[:1].islower() and not after.rtl:
            doubtful.add(id(line))
    return len(doubtful) / len(rows)


def _jumps_back(before: Row, row: Row) -> bool:
    shared = min(before.x1, row.x1) - max(before.x0, row.x0)
    narrower = min(before.x1 - before.x0, row.x1 - row.x0)
    return row.middle > before.middle + 0.5 * row.size and shared > 0.5 * narrower


def _across_a_gutter(block: Block) -> list[Row]:
    """Rows with text beside text, whose gap is where other rows of the block have theirs."""
    gaps: list[tuple[int, Row]] = []
    for row in block.rows:
        for one, other in pairwise(row.segments):
            if min(len(one.text), len(other.text)) >= _LONG and _goes_on(one) and _goes_on(other):
                gaps.append((round((one.x1 + other.x0) / 2 / (2 * max(row.size, 1.0))), row))
    counts = Counter(place for place, _ in gaps)
    return [
        row for place, row in gaps if counts[place - 1] + counts[place] + counts[place + 1] >= _LEAST_ROWS
    ]


def _goes_on(one: Segment) -> bool:
    """Whether it begins as a line within a sentence does; most cells begin with a capital or a number."""
    first = one.text.lstrip()[:1]
    return first.islower() or first >= "\u3400"


def _neighbours(rows: list[Row]) -> Iterator[tuple[Row, Segment, Segment]]:
    """Each piece of the page and the one after it, with the row of that."""
    pieces = [(row, one) for row in rows for one in row.segments]
    for (_, before), (row, after) in pairwise(pieces):
        yield row, before, after
