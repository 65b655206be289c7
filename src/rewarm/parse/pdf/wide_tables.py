"""Tables as wide as the page: a gutter seems to run between their cells, so they are found before columns.

A row of such a table has many short pieces and nothing else beside it; beside the table of one column stands
the other column's text. Its cells stand below each other, which the words of a line that is set wide do not.
"""

from itertools import pairwise

from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.rows import Row, rows_of

ROWS = 3
"""Fewer rows than these are neither a table nor a column."""


def around_tables(segments: list[Segment]) -> list[list[Segment]] | None:
    """Parts above, in and below tables that are as wide as the page; None where there is none."""
    rows = rows_of(segments)
    tabular = [_is_row_of_cells(row) for row in rows]
    parts: list[list[Segment]] = [[]]
    at = 0
    while at < len(rows):
        end = at
        # A cell that is empty, or a head of two lines, interrupts.
        while end < len(rows) and (tabular[end] or (end + 1 < len(rows) and tabular[end + 1] and end > at)):
            end += 1
        if sum(tabular[at:end]) >= ROWS and _aligned(rows[at:end]):
            parts += [[one for row in rows[at:end] for one in row.segments], []]
            at = end
        else:
            parts[-1] += rows[at].segments
            at += 1
    parts = [part for part in parts if part]
    return parts if len(parts) > 1 else None


def _aligned(rows: list[Row]) -> bool:
    """Whether cells stand below each other, by their left edge, right edge or middle: words of lines that
    are set wide to fill a column do not."""
    alike = cells = 0
    for above, row in pairwise(rows):
        near = 0.6 * row.size
        for one in row.segments:
            cells += 1
            alike += any(
                abs(one.x0 - other.x0) < near
                or abs(one.x1 - other.x1) < near
                or abs(one.x0 + one.x1 - other.x0 - other.x1) < 2 * near
                for other in above.segments
            )
    return alike > 0.7 * cells


def _is_row_of_cells(row: Row) -> bool:
    if len(row.segments) < 4:
        return False
    widths = sorted(one.x1 - one.x0 for one in row.segments)
    # The first cell names the row and may be long.
    return widths[-2] < 8 * row.size and row.x1 - row.x0 > 15 * row.size
