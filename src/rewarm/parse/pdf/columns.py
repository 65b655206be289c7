"""Segments → blocks of rows in reading order: columns, titles that span them, tables read row by row.

A recursive cut in the spirit of XY-cut (Nagy and Seth 1984), with two changes that its known failures ask
for. A cut between columns is tried before a cut across: otherwise a blank line that both columns happen to
have swaps their halves. And a vertical gap is a gutter only between columns of running text: cells of a
table, numbers of a contents list and terms of a glossary have gaps too, and belong to their row. Columns
have lines that fill them; where they do not, the order in which the page was written decides.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.rows import Row, rows_of
from rewarm.parse.pdf.wide_tables import ROWS, around_tables

_MOST_DEPTH = 12
_MOST_KNOWN = 4
# A column of running text has lines of at least so many heights, half of them filled to its edge.
_NARROWEST, _FILLED = 6.5, 0.5
# Of columns of entries, one has at least so many rows, and both are so many heights wide.
_ENTRIES, _ENTRY = 8, 3.5


@dataclass(slots=True)
class Block:
    """Rows of one column between two cuts. left, right: the column's edges."""

    rows: list[Row] = field(default_factory=list)
    left: float = 0.0
    right: float = 0.0


Gutter = tuple[float, float]
"""Left and right edge of the strip between two columns."""


def ordered(segments: list[Segment], known: list[Gutter] | None = None, depth: int = 0) -> list[Block]:
    """The blocks of a page, or a part of it, as they are read.

    known: gutters of the pages before, which decide where a page has too few lines to tell (the last one);
    those of this page are added.
    """
    known = known if known is not None else []
    if not segments:
        return []
    if len(segments) >= 2 * ROWS and depth < _MOST_DEPTH:
        split = (around_tables(segments) if depth == 0 else None) or _columns(segments, known)
        if split:
            return [block for part in split for block in ordered(part, known, depth + 1)]
    elif depth == 0 and segments and (split := _by_known(segments, known)):
        return [block for part in split for block in _across(part)]
    return _across(segments)


def _by_known(segments: list[Segment], known: list[Gutter]) -> list[list[Segment]] | None:
    """Parts beside a gutter of an earlier page, where nothing crosses it and each side was written whole."""
    for start, end in reversed(known[-_MOST_KNOWN:]):
        left, right, crossing = _sides(segments, start, end)
        if left and right and not crossing and _switches(left, right) == 1:
            return [right, left] if _mostly_rtl(segments) else [left, right]
    return None


def _columns(segments: list[Segment], known: list[Gutter]) -> list[list[Segment]] | None:
    """Parts in reading order where the region has columns; None where it has none."""
    size = median(one.size for one in segments)
    rows = None
    for start, end in _gutters(segments, size):
        left, right, crossing = _sides(segments, start, end)
        if not crossing:
            if _are_columns(left, right, size):
                known.append((start, end))
                return [right, left] if _mostly_rtl(segments) else [left, right]
            continue
        rows = rows if rows is not None else len(rows_of(segments))
        parts = _bands(segments, crossing, start, end, size, rows)
        if parts:
            known.append((start, end))
            return parts
    return _by_known(segments, known)


def _gutters(segments: list[Segment], size: float) -> list[tuple[float, float]]:
    """Vertical strips that few segments cross, those crossed least first: left and right edge of each."""
    low, high = min(one.x0 for one in segments), max(one.x1 for one in segments)
    if high - low < 2 * _NARROWEST * size:
        return []
    # Column edges repeat: a right column begins at one place in many rows.
    cells = max(1.0, size / 3)
    begins: dict[int, int] = {}
    furthest: dict[int, float] = {}
    for one in segments:
        key = round(one.x0 / cells)
        begins[key] = begins.get(key, 0) + 1
        furthest[key] = min(furthest.get(key, one.x0), one.x0)
    found = []
    least = max(ROWS, len(segments) // 25)
    for key, count in begins.items():
        near = count + begins.get(key - 1, 0) + begins.get(key + 1, 0)
        # A narrow gutter needs the place itself and not that of its cell.
        first = min(furthest.get(other, high) for other in (key - 1, key, key + 1))
        start = max((key - 0.6) * cells, first - 0.1 * size)
        if near < least or start < low + _NARROWEST * size or start > high - _NARROWEST * size:
            continue
        ends = sorted(
            one.x1 for one in segments if one.x0 < start - 0.3 * size and one.x1 <= start + 0.2 * size
        )
        if len(ends) < ROWS:
            continue
        # Few lines may stick out into the gutter.
        edge = ends[-max(1, len(ends) // 20) - (len(ends) >= 20)]
        if start - edge < 0.45 * size:
            continue
        crossing = sum(one.x0 < edge + 0.1 and one.x1 > start + 0.3 * size for one in segments)
        found.append((crossing, -(start - edge), edge, start))
    found.sort()
    return [(edge, start) for _, _, edge, start in found[:6]]


def _sides(
    segments: list[Segment], start: float, end: float
) -> tuple[list[Segment], list[Segment], list[Segment]]:
    middle = (start + end) / 2
    left, right, crossing = [], [], []
    for one in segments:
        if one.x1 <= max(end, middle) + 0.2 * one.size and one.x0 < middle:
            left.append(one)
        elif one.x0 >= min(start, middle) - 0.2 * one.size and one.x1 > middle:
            right.append(one)
        else:
            crossing.append(one)
    return left, right, crossing


def _are_columns(left: list[Segment], right: list[Segment], size: float) -> bool:
    """Whether both sides are columns of running text beside each other."""
    rows_left, rows_right = rows_of(left), rows_of(right)
    if min(len(rows_left), len(rows_right)) < ROWS:
        return False
    shared = min(rows_left[0].y1, rows_right[0].y1) - max(rows_left[-1].y0, rows_right[-1].y0)
    least = min(rows_left[0].y1 - rows_left[-1].y0, rows_right[0].y1 - rows_right[-1].y0)
    if shared < 0.4 * least:
        return False
    pairs = min(len(rows_left), len(rows_right))
    wide = [median(row.x1 - row.x0 for row in rows) for rows in (rows_left, rows_right)]
    switches = _switches(left, right)
    if switches == 1 and pairs >= ROWS and max(len(rows_left), len(rows_right)) >= _ENTRIES:
        return min(wide) >= _ENTRY * size  # the entries of an index are short
    if min(wide) < _NARROWEST * size:
        return False
    filled = min(_filled(rows_left), _filled(rows_right))
    written_apart = switches <= max(2, 0.15 * pairs)
    if filled >= _FILLED:
        return not _is_table(rows_left, rows_right) or written_apart
    return written_apart and filled >= 0.2 and min(wide) >= 2 * _NARROWEST * size


def _filled(rows: list[Row]) -> float:
    """The share of rows that reach their column's right edge."""
    edge = sorted(row.x1 for row in rows)[-max(1, len(rows) // 10)]
    width = max(1e-6, edge - min(row.x0 for row in rows))
    return sum(row.x1 > edge - 0.12 * width for row in rows) / len(rows)


def _is_table(left: list[Row], right: list[Row]) -> bool:
    """Rows in step on both sides, of which many have several cells: a table that fills its cells."""
    cells = sum(len(row.segments) > 1 for row in (*left, *right))
    return cells > 0.6 * (len(left) + len(right))


def _switches(left: list[Segment], right: list[Segment]) -> int:
    """How often the page's content changes sides while it is written."""
    sides = sorted([(one.order, 0) for one in left] + [(one.order, 1) for one in right])
    return sum(one[1] != other[1] for one, other in pairwise(sides))


def _bands(
    segments: list[Segment], crossing: list[Segment], start: float, end: float, size: float, rows: int
) -> list[list[Segment]] | None:
    """Cut at the rows that span the gutter; what lies between them may have columns."""
    spanning = rows_of(crossing)
    if len(spanning) > 0.6 * rows:
        return None
    edges = [(row.y0, row.y1) for row in spanning]
    taken = set(map(id, crossing))
    bands: list[list[Segment]] = [[] for _ in range(len(edges) + 1)]
    across: list[list[Segment]] = [list(row.segments) for row in spanning]
    for one in segments:
        if id(one) in taken:
            continue
        # What stands on a spanning line belongs to it: a number at the end of a title's row.
        on = next((at for at, (low, high) in enumerate(edges) if low < one.middle < high), None)
        if on is not None:
            across[on].append(one)
        else:
            bands[sum(one.middle < low for low, _ in edges)].append(one)
    merged: list[list[Segment]] = []
    has_columns = False
    for at, band in enumerate(bands):
        if band:
            left, right, rest = _sides(band, start, end)
            if not rest and left and right and _are_columns(left, right, size):
                has_columns = True
                merged += [right, left] if _mostly_rtl(band) else [left, right]
                merged.append([])
            elif merged:
                merged[-1] += band
            else:
                merged.append(band)
        if at < len(across):
            if merged:
                merged[-1] += across[at]
            else:
                merged.append(across[at])
    return [part for part in merged if part] if has_columns else None


def _mostly_rtl(segments: list[Segment]) -> bool:
    return sum(len(one.text) for one in segments if one.rtl) * 2 > sum(len(one.text) for one in segments)


def _across(segments: list[Segment]) -> list[Block]:
    """One block of rows, cut where a wide gap or another width begins."""
    rows = rows_of(segments)
    return [Block(rows, min(row.x0 for row in rows), max(row.x1 for row in rows))]
