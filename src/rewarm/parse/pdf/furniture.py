"""Running headers, footers and page numbers, found by position and repetition.

Candidates are the first and last rows of each page. A row goes when

- its text, with digits as one sign, stands at the same height on other pages near by: every page, or every
  second one where left and right pages differ;
- it is a page number: nothing but a number, whose difference to the page's place is that of other pages, or
  that stands alone at the edge of the page;
- it changes from page to page (a chapter's title) but stands where most pages have their first or last row,
  apart from the text by more than lines of the text are from each other.

A document of one page has nothing that repeats: only a lone page number goes.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from rewarm.parse.pdf.furniture_places import Edge, by_places
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.page import PageText
from rewarm.parse.pdf.rows import Row, rows_of

_EDGE_ROWS = 4
# Furniture stands in the outer parts of a page.
_ZONE = 0.18
_NEAR = 8
# Fewer numbers below each other than these are a list.
_LEAST_NUMBERS = 6
# Further from the text than its lines are from each other.
_APART = 1.35
_DIGITS = re.compile(r"\d{1,9}")
# A line of a list of contents.
_LEADERS = re.compile(r"(?:\. ?){5}")
_ROMAN = re.compile(r"[ivxlcdm]{1,8}", re.I)
_NUMBER = re.compile(
    r"(?:page|seite|p\.|第|[\dA-Z]{1,3}-)?\s?[-–—‧·•|]?\s?(\d{1,4}|[ivxlc]{1,7})\s?[-–—‧·•|]?\s?"
    r"(?:(?:/|of|von|共|页\s?共|页\s?/\s?共|頁)\s?\d{1,4})?\s?(?:页|頁)?",
    re.I,
)


@dataclass(slots=True)
class _Candidate:
    page: int  # its place in the list of pages
    row: Row
    top: bool
    rank: int  # 0 is the outermost
    key: str
    place: float  # distance from the page's edge
    gap: float  # to the next row inwards, in distances of lines

    @property
    def number(self) -> int | None:
        return _value_of(self.row.text)


def remove(pages: list[PageText]) -> list[list[str]]:
    """Take furniture out of the pages' segments; the texts taken out, by page."""
    for page in pages:
        _drop_line_numbers(page)
    leading = _leading(pages)
    candidates = [one for at, page in enumerate(pages) for one in _candidates(at, page, leading)]
    chosen = _repeated(candidates, len(pages)) | _numbers(candidates, len(pages)) | _varying(candidates)
    chosen |= by_places(_edges(candidates, pages, chosen), chosen, len(pages), leading)
    chosen |= _inside_of(candidates, chosen)
    removed: list[list[str]] = [[] for _ in pages]
    gone: list[set[int]] = [set() for _ in pages]
    for number in sorted(chosen):
        one = candidates[number]
        removed[one.page].append(one.row.text)
        gone[one.page].update(id(segment) for segment in one.row.segments)
    for page, ids in zip(pages, gone, strict=True):
        if ids:
            page.segments = [segment for segment in page.segments if id(segment) not in ids]
    return removed


def _drop_line_numbers(page: PageText) -> None:
    """Take out numbers of lines in the margin: below each other, counting on, outside of all other text."""
    numbers = [one for one in page.segments if one.text.strip().isdigit() and len(one.text.strip()) <= 5]
    if len(numbers) < _LEAST_NUMBERS:
        return
    for at_left in (True, False):
        edge = min(one.x1 for one in numbers) if at_left else max(one.x0 for one in numbers)
        column = [one for one in numbers if abs((one.x1 if at_left else one.x0) - edge) < 2 * one.size]
        ids = set(map(id, column))
        if len(column) < _LEAST_NUMBERS or any(
            one.x0 < edge + 0.2 * one.size if at_left else one.x1 > edge - 0.2 * one.size
            for one in page.segments
            if id(one) not in ids and one.size < 2 * column[0].size
        ):
            continue
        values = [int(one.text) for one in sorted(column, key=lambda one: -one.middle)]
        steps = {later - value for value, later in pairwise(values)}
        # A table's first column may count, too, but then other numbers or short cells stand beside it.
        if len(steps) == 1 and min(steps) in (1, 5, 10) and _is_prose(page, ids):
            page.segments = [one for one in page.segments if id(one) not in ids]
            return


def _is_prose(page: PageText, without: set[int]) -> bool:
    lengths = [len(one.text) for one in page.segments if id(one) not in without]
    return bool(lengths) and median(lengths) > 30


def _candidates(at: int, page: PageText, leading: float) -> list[_Candidate]:
    high = page.height
    upper = [one for one in page.segments if one.middle > high * (1 - _ZONE)]
    lower = [one for one in page.segments if one.middle < high * _ZONE]
    found = []
    for top, part in ((True, upper), (False, lower)):
        rows = rows_of(part)
        rows = rows if top else rows[::-1]
        for rank, row in enumerate(rows[:_EDGE_ROWS]):
            row.text = " ".join(" ".join(one.text for one in row.segments).replace("\u00ad", "").split())
            gap = min(_to_next(page, one, top) for one in row.segments) / leading
            place = high - row.middle if top else row.middle
            found.append(_Candidate(at, row, top, rank, _key(row.text), place, gap))
    return found


def _edges(candidates: list[_Candidate], pages: list[PageText], chosen: set[int]) -> list[Edge]:
    """The outermost rows of each page, and those behind furniture that was found."""
    sizes = [one.size for page in pages for one in page.segments[:: max(1, len(page.segments) // 50)]]
    usual = median(sizes) if sizes else 1.0
    groups: dict[tuple[int, bool], list[int]] = defaultdict(list)
    for number, one in enumerate(candidates):
        groups[one.page, one.top].append(number)
    found = []
    for (page, top), numbers in groups.items():
        rows = [candidates[number] for number in numbers]
        # A number outside of a header or footer has been found already: the row behind it is judged, too.
        at = 1 if len(rows) > 1 and numbers[0] in chosen and rows[0].number is not None else 0
        for start in {0, at}:
            behind = rows[start:]
            first, last = _outer_numbers(behind[0])
            row = behind[0].row
            depth, size = behind[0].place / max(pages[page].height, 1.0), row.size / usual
            places, gaps = [one.place for one in behind], [one.gap for one in behind]
            found.append(Edge(numbers[start], page, top, places, gaps, depth, size, first, last))
    return found


def _outer_numbers(one: _Candidate) -> tuple[int | None, int | None]:
    """The numbers that its first and last piece are, where a wide gap parts them from the others."""
    pieces = one.row.segments
    if len(pieces) < 2 or _LEADERS.search(one.key):
        return None, None
    wide = 1.5 * one.row.size
    first = _value_of(pieces[0].text) if pieces[1].x0 - pieces[0].x1 > wide else None
    last = _value_of(pieces[-1].text) if pieces[-1].x0 - pieces[-2].x1 > wide else None
    return first, last


def _value_of(text: str) -> int | None:
    match = _NUMBER.fullmatch(text.strip())
    return _value(match[1]) if match else None


def _to_next(page: PageText, one: Segment, top: bool) -> float:
    """From a segment of the edge to the next one inwards, above or below it."""
    steps = (
        (one.middle - other.middle) * (1 if top else -1)
        for other in page.segments
        if other.x0 < one.x1 and other.x1 > one.x0
    )
    return min((step for step in steps if step > 0.4 * one.size), default=1e3)


def _key(text: str) -> str:
    return _DIGITS.sub("0", text.lower())


def _value(text: str) -> int | None:
    if text.isdigit():
        return int(text)
    if not _ROMAN.fullmatch(text):
        return None
    worth = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
    values = [worth[letter] for letter in text.lower()]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _repeated(candidates: list[_Candidate], pages: int) -> set[int]:
    """Rows that other pages near by have at the same height."""
    if pages < 2:
        return set()
    groups: dict[tuple[bool, str], list[int]] = defaultdict(list)
    for number, one in enumerate(candidates):
        if one.key:
            groups[one.top, one.key].append(number)
    chosen = set()
    for members in groups.values():
        if len(members) < 2:
            continue
        for number in members:
            one = candidates[number]
            near = {
                candidates[other].page
                for other in members
                if other != number
                and abs(candidates[other].page - one.page) <= _NEAR
                and abs(candidates[other].place - one.place) < 0.7 * one.row.size
            }
            around = min(pages - 1, one.page + _NEAR) - max(0, one.page - _NEAR)
            # Lines of code and heads of tables repeat, too, now and then and close to what follows.
            often = len(near) >= max(2, 0.35 * around)
            apart = one.gap > _APART and len(near) >= (2 if pages > 4 else 1)
            if often or apart:
                chosen.add(number)
    return chosen


def _numbers(candidates: list[_Candidate], pages: int) -> set[int]:
    """Rows that are a page number."""
    values = {number: value for number, one in enumerate(candidates) if (value := one.number) is not None}
    offsets = Counter(
        (value - candidates[number].page, candidates[number].top) for number, value in values.items()
    )
    chosen = set()
    for number, value in values.items():
        one = candidates[number]
        in_step = offsets[value - one.page, one.top] >= min(3, pages)
        alone = one.rank == 0 and one.gap > 1.8 and len(one.row.segments) == 1
        if one.rank <= 1 and ((in_step and pages > 1) or alone):
            chosen.add(number)
    return chosen


def _varying(candidates: list[_Candidate]) -> set[int]:
    """Outermost rows at a height that most pages share, apart from the text."""
    chosen = set()
    for top in (True, False):
        outer = [(number, one) for number, one in enumerate(candidates) if one.top == top and one.rank == 0]
        if len(outer) < 4:
            continue
        for number, one in outer:
            # Full pages of text share the height of their first line, too; the gap tells them apart.
            if one.gap <= _APART or _LEADERS.search(one.key):
                continue
            near = [
                other for _, other in outer if other is not one and abs(other.page - one.page) <= 2 * _NEAR
            ]
            same = [
                other
                for other in near
                if abs(other.place - one.place) < 0.35 * one.row.size
                and abs(other.row.size - one.row.size) < 0.1 * one.row.size
                and other.gap > _APART
            ]
            if len(same) >= max(3, 0.4 * len(near)):
                chosen.add(number)
    return chosen


def _leading(pages: list[PageText]) -> float:
    """The usual distance of a line to the one below it in its column."""
    steps = []
    for page in pages[:: max(1, len(pages) // 12)]:
        lines = sorted(page.segments, key=lambda one: -one.middle)
        for at, one in enumerate(lines):
            below = (
                one.middle - other.middle
                for other in lines[at + 1 : at + 30]
                if other.x0 < one.x1 and other.x1 > one.x0 and one.middle - other.middle > 0.5 * one.size
            )
            step = next(below, None)
            if step is not None:
                steps.append(step)
    return median(steps) if steps else 12.0


def _inside_of(candidates: list[_Candidate], chosen: set[int]) -> set[int]:
    """Rows further out than one that goes: nothing but furniture stands outside of furniture."""
    innermost: dict[tuple[int, bool], int] = {}
    for number in chosen:
        one = candidates[number]
        key = (one.page, one.top)
        innermost[key] = max(innermost.get(key, 0), one.rank)
    return {
        number
        for number, one in enumerate(candidates)
        if one.rank < innermost.get((one.page, one.top), 0) and len(one.row.text) < 120
    }
