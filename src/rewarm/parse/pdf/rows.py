"""Segments → rows: what stands on one line, from the side where reading begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from rewarm.parse.pdf.glyphs import Segment


@dataclass(slots=True)
class Row:
    """Segments on one line, from the side where reading begins; columns of one block share its edges."""

    segments: list[Segment]
    x0: float = 0.0
    x1: float = 0.0
    y0: float = 0.0
    y1: float = 0.0
    size: float = 0.0
    text: str = ""

    @classmethod
    def of(cls, segments: list[Segment]) -> "Row":
        rtl = sum(len(one.text) for one in segments if one.rtl) * 2 > sum(len(one.text) for one in segments)
        segments = sorted(segments, key=lambda one: -one.x1 if rtl else one.x0)
        if rtl:
            segments = _left_to_right_within(segments)
        row = cls(segments)
        row.x0, row.x1 = min(one.x0 for one in segments), max(one.x1 for one in segments)
        row.y0, row.y1 = min(one.y0 for one in segments), max(one.y1 for one in segments)
        # A drop capital or a formula's bracket is not the size of its line.
        row.size = max(segments, key=lambda one: len(one.text)).size
        return row

    @property
    def middle(self) -> float:
        main = max(self.segments, key=lambda one: len(one.text))
        return main.middle


def _left_to_right_within(segments: list[Segment]) -> list[Segment]:
    """A row from the right with its numbers and Latin words: several beside each other read from the left."""
    found: list[Segment] = []
    for rtl, group in groupby(segments, key=lambda one: one.rtl):
        run = list(group)
        found += run if rtl else run[::-1]
    return found


def rows_of(segments: Iterable[Segment]) -> list[Row]:
    """Segments grouped by line, from top to bottom. Raised and lowered ones belong to their line."""
    groups: list[list[Segment]] = []
    spans: list[tuple[float, float, float]] = []  # bottom, top, size of the group's first segment
    for one in sorted(segments, key=lambda one: (-one.size if one.size > 0 else 0, -one.middle)):
        best, at = 0.0, -1
        for number, (low, high, size) in enumerate(spans):
            if one.y0 >= high or one.y1 <= low:
                continue
            share = (min(one.y1, high) - max(one.y0, low)) / max(1e-6, one.y1 - one.y0)
            close = abs(one.middle - (low + high) / 2) < 0.6 * size
            if share > max(best, 0.5) and close and not _collides(one, groups[number]):
                best, at = share, number
        if at < 0:
            groups.append([one])
            spans.append((one.y0, one.y1, one.size))
        else:
            groups[at].append(one)
    rows = [Row.of(group) for group in groups]
    return sorted(rows, key=lambda row: -row.middle)


def _collides(one: Segment, group: list[Segment]) -> bool:
    """Whether it lies on top of what is in the line already: then it is another line, set tightly."""
    return any(
        min(one.x1, other.x1) - max(one.x0, other.x0) > 0.5 * min(one.x1 - one.x0, other.x1 - other.x0)
        and abs(one.middle - other.middle) > 0.2 * other.size
        for other in group
    )
