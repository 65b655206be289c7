"""Tables without rules whose cells hold several lines of wrapped text: each cell read as a whole.

By position such a table looks like two columns of text. The order in the file tells them apart: a table is
drawn cell by cell, so after the last line of a cell the next one begins beside its first line, and after the
last cell of a row the next row begins below all of them. Columns of a page are drawn one after the other and
give one such row only. At least two rows need several lines in two of their cells, which leaves out lists and
glossaries, and the lines must be wrapped (`cells.are_wrapped`).
"""

from bisect import bisect
from dataclasses import dataclass
from itertools import pairwise

from rewarm.parse.pdf.cells import are_wrapped, text_of
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.joining import Words
from rewarm.parse.pdf.rows import Row, rows_of

# In sizes of the text: between the baselines of lines of a cell; between rows of a table; between columns.
_LEADING, _ROW_GAP, _COLUMN_GAP = 1.9, 3.0, 0.6
_SAME_EDGE = 3.0
_MOST_LINES = 14
_LEAST_ROWS = 2


@dataclass(slots=True)
class _Run:
    """Lines below each other that the file draws one after the other."""

    segments: list[Segment]
    x0: float
    x1: float
    top: float
    bottom: float

    @classmethod
    def of(cls, line: list[Segment]) -> "_Run":
        low, high = min(one.y0 for one in line), max(one.y1 for one in line)
        return cls(line, line[0].x0, line[-1].x1, high, low)

    def continues(self, line: list[Segment]) -> bool:
        last = self.segments[-1]
        step = last.middle - line[0].middle
        return 0 < step < _LEADING * last.size and abs(line[0].x0 - self.x0) < _SAME_EDGE

    def add(self, line: list[Segment]) -> None:
        self.segments += line
        self.x1, self.bottom = max(self.x1, line[-1].x1), min(one.y0 for one in line)


def with_whole_cells(segments: list[Segment], words: Words) -> list[Segment]:
    """The segments of a page, those of such tables replaced by one for each row."""
    for table in _tables(_rows(_runs(segments))):
        cells = [[rows_of(run.segments) for run in row] for row in table]
        if _is_table(cells):
            gone = {id(one) for row in table for run in row for one in run.segments}
            made = [_segment(row, lines, words) for row, lines in zip(table, cells, strict=True)]
            segments = [one for one in segments if id(one) not in gone] + made
    return segments


def _runs(segments: list[Segment]) -> list[_Run]:
    runs: list[_Run] = []
    for line in _lines(segments):
        if runs and runs[-1].continues(line):
            runs[-1].add(line)
        else:
            runs.append(_Run.of(line))
    return runs


def _lines(segments: list[Segment]) -> list[list[Segment]]:
    """Segments on one line that follow each other in the file. Where wide spaces of justified text divide a
    line, only a segment that begins where other lines begin is in another cell."""
    lines: list[list[Segment]] = []
    for one in sorted(segments, key=lambda one: one.order):
        last = lines[-1][-1] if lines else None
        if last and abs(one.middle - last.middle) < 0.3 * last.size and one.x0 > last.x1 - 0.3 * last.size:
            lines[-1].append(one)
        else:
            lines.append([one])
    starts = sorted(line[0].x0 for line in lines)

    def is_edge(x0: float) -> bool:
        return bisect(starts, x0 + _SAME_EDGE) - bisect(starts, x0 - _SAME_EDGE) > 1

    divided = []
    for line in lines:
        begins = [0, *(at for at in range(1, len(line)) if is_edge(line[at].x0)), len(line)]
        divided += [line[start:stop] for start, stop in pairwise(begins)]
    return divided


def _rows(runs: list[_Run]) -> list[list[_Run]]:
    """Runs that follow each other in the file and begin on one line, from left to right."""
    rows: list[list[_Run]] = []
    for run in runs:
        size = run.segments[0].size
        beside = rows and rows[-1][-1]
        if beside and abs(run.top - beside.top) < 0.4 * size and run.x0 - beside.x1 > _COLUMN_GAP * size:
            rows[-1].append(run)
        else:
            rows.append([run])
    return rows


def _tables(rows: list[list[_Run]]) -> list[list[list[_Run]]]:
    """Rows of several cells that follow each other, with the same left edges."""
    tables: list[list[list[_Run]]] = []
    before: list[_Run] = []
    for row in rows:
        if len(row) > 1:
            gap = min((run.bottom for run in before), default=0.0) - max(run.top for run in row)
            size = row[0].segments[0].size
            same = len(row) == len(before) and all(
                abs(one.x0 - other.x0) < _SAME_EDGE for one, other in zip(row, before, strict=True)
            )
            if same and -0.4 * size < gap < _ROW_GAP * size:
                tables[-1].append(row)
            else:
                tables.append([row])
        before = row
    return [table for table in tables if len(table) >= _LEAST_ROWS]


def _is_table(cells: list[list[list[Row]]]) -> bool:
    if max(len(lines) for row in cells for lines in row) > _MOST_LINES:
        return False
    if sum(sum(len(lines) > 1 for lines in row) > 1 for row in cells) < _LEAST_ROWS:
        return False
    ends = [max(line.x1 for lines in column for line in lines) for column in zip(*cells, strict=True)]
    starts = [min(line.x0 for lines in column for line in lines) for column in zip(*cells, strict=True)]
    apart = all(start > end for end, start in zip(ends, starts[1:], strict=False))
    return apart and all(are_wrapped(row, ends) for row in cells)


def _segment(row: list[_Run], lines: list[list[Row]], words: Words) -> Segment:
    """The row as one line, at the height of its first."""
    first = row[0].segments[0]
    text = "\t".join(text_of(cell, words) for cell in lines)
    return Segment(text, row[0].x0, row[-1].x1, first.y0, first.y1, first.size, first.order)
