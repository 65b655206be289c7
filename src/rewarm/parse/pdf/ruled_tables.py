"""Tables with ruled rows: the cells between their lines, each read as a whole.

Without the lines, a table whose cells have several lines reads across its cells, line by line. Horizontal
lines above each other bound the rows; vertical lines bound the columns, or, where there are none, strips
without text. Each row becomes one segment with tabs between its cells, in the place of the table, so that
columns and headings around it are ordered as usual. A table whose rows are not ruled one by one (three rules
and ten rows) is left as it is: several lines in every cell between two rules are one row only if the file
draws one cell after the other, and each line is so long that the next word did not fit.
"""

from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rewarm.parse.pdf.cells import are_wrapped, text_of
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.joining import Words
from rewarm.parse.pdf.objects import Box
from rewarm.parse.pdf.rows import Row, rows_of

# Lines of so many points from each other are one; a cell of more lines is a part of the page's layout.
_SAME, _MOST_LINES = 2.0, 14
_LEAST_GAP = 0.6
# Of a row in a full grid, the shortest cell has at most so many lines.
_MOST_LEAST = 2


@dataclass(slots=True)
class _Line:
    """A horizontal (vertical) line: at y (x), from low to high."""

    at: float
    low: float
    high: float


def with_whole_cells(segments: list[Segment], rules: list[Box], words: Words) -> list[Segment]:
    """The segments of a page, those of ruled tables replaced by one for each row."""
    across = _lines(rules, horizontal=True)
    upright = _lines(rules, horizontal=False)
    if len(across) < 3 and not upright:
        return segments
    for group in _groups(across):
        left, right = min(one.low for one in group), max(one.high for one in group)
        inside = [
            one
            for one in segments
            if group[-1].at < one.middle < group[0].at and left - 2 < (one.x0 + one.x1) / 2 < right + 2
        ]
        made = _rows(inside, group, upright, words)
        if made:
            gone = set(map(id, inside))
            segments = [one for one in segments if id(one) not in gone] + made
    return segments


def _lines(rules: list[Box], *, horizontal: bool) -> list[_Line]:
    """Lines of one direction; pieces that continue each other are one."""
    pieces = []
    for x0, y0, x1, y1 in rules:
        if horizontal == (x1 - x0 > y1 - y0):
            pieces.append(((y0 + y1) / 2, x0, x1) if horizontal else ((x0 + x1) / 2, y0, y1))
    found: list[_Line] = []
    for at, low, high in sorted(pieces):
        same = next(
            (
                one
                for one in reversed(found[-40:])
                if abs(one.at - at) < _SAME and low < one.high + 2 * _SAME and high > one.low - 2 * _SAME
            ),
            None,
        )
        if same is None:
            found.append(_Line(at, low, high))
        else:
            same.low, same.high = min(same.low, low), max(same.high, high)
    return found


def _groups(across: list[_Line]) -> list[list[_Line]]:
    """Horizontal lines above each other with the same ends, from top to bottom; two or more."""
    groups: list[list[_Line]] = []
    for one in sorted(across, key=lambda line: -line.at):
        for group in groups:
            if abs(group[-1].low - one.low) < 3 and abs(group[-1].high - one.high) < 3:
                group.append(one)
                break
        else:
            groups.append([one])
    return [group for group in groups if len(group) >= 2]


def _rows(inside: list[Segment], group: list[_Line], upright: list[_Line], words: Words) -> list[Segment]:
    """A segment for each row of the table; none where it is no table, or its rows are not ruled."""
    bands = [[one for one in inside if below.at < one.middle < above.at] for above, below in pairwise(group)]
    bands = [band for band in bands if band]
    if not bands:
        return []
    size = median(one.size for one in inside)
    edges, drawn = _edges(bands, group, upright, size)
    if not edges or (len(bands) < 2 and not drawn):
        return []
    texts: list[str] = []
    whole = unruled = 0
    table = [_cells(band, edges) for band in bands]
    columns = range(len(edges) + 1)
    ends = [max((line.x1 for cells in table for line in cells[at]), default=0.0) for at in columns]
    for cells in table:
        heights = [len(lines) for lines in cells if lines]
        if max(heights) > _MOST_LINES:
            return []
        # Several lines in each cell: rows without a rule between them, unless they are wrapped text.
        wrapped = min(heights) > 1 and are_wrapped(cells, ends)
        unruled += len(heights) > 1 and min(heights) > (_MOST_LEAST if drawn else 1) and not wrapped
        whole += wrapped or (max(heights) > 1 and min(heights) != max(heights))
        texts.append("\t".join(text_of(lines, words) for lines in cells))
    if not whole or unruled > (len(bands) / 3 if drawn else 0):
        return []
    left, right = group[0].low, group[0].high
    order = min(one.order for one in inside)
    step = min(1.2 * size, (group[0].at - group[-1].at) / len(texts))
    top = group[0].at - 0.2 * step
    return [
        Segment(text, left, right, top - (at + 1) * step, top - (at + 1) * step + size, size, order + at)
        for at, text in enumerate(texts)
        if text.strip()
    ]


def _edges(
    bands: list[list[Segment]], group: list[_Line], upright: list[_Line], size: float
) -> tuple[list[float], bool]:
    """Where the columns but the first begin, and whether lines are drawn there; none for one column."""
    top, bottom = group[0].at, group[-1].at
    left, right = group[0].low, group[0].high
    drawn = sorted(
        one.at
        for one in upright
        if left + size < one.at < right - size
        and min(one.high, top) - max(one.low, bottom) > 0.6 * (top - bottom)
    )
    if drawn:
        return drawn, True
    spans = sorted((one.x0, one.x1) for band in bands for one in band)
    edges, reach = [], spans[0][1]
    for x0, x1 in spans[1:]:
        if x0 - reach > _LEAST_GAP * size:
            edges.append((x0 + reach) / 2)
        reach = max(reach, x1)
    return edges, False


def _cells(band: list[Segment], edges: list[float]) -> list[list[Row]]:
    """The lines of each cell. A segment over several columns belongs to the first."""
    cells: list[list[Segment]] = [[] for _ in range(len(edges) + 1)]
    for one in band:
        cells[sum(one.x0 + 0.3 * one.size > edge for edge in edges)].append(one)
    return [rows_of(cell) for cell in cells]
