"""Headers and footers by where the text of pages begins and ends; for short files and rows that change.

Repetition needs several pages with the same words. The place of a row tells more: on a page with a header
the text begins where it begins on other pages, and the header stands above that, further from the text than
the text's lines are from each other. Three rules, each for the outermost row of a page:

- it stands where other pages have their outermost row, and the next row stands where theirs does, or where
  a page without a header begins;
- it stands where other pages have furniture already found (a first page's footer, where others have a
  number);
- its first or last piece is a number in step with the pages (a chapter's title with the page's number).

A heading at the top of a page stands where the text of other pages begins, not above it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# Further from the next row than lines are from each other; by so much more than the following rows are.
_APART, _MORE = 1.1, 0.06
# Places are the same within so many line distances.
_SAME = 0.15
_NEAR = 16
# Headers of pages whose text begins at one height stand in the margin; deeper, it may be a heading.
_MARGIN = 0.075


@dataclass(slots=True)
class Edge:
    """The outermost rows of a page at its top or bottom. number: of the candidate; places: distances from the
    page's edge of this row and the next ones; gaps: to the row that follows inwards, in line distances;
    depth: of this row, as a share of the page's height; size: of its font, relative to the text's; first,
    last: the numbers that its first and last piece are, where these stand apart from the others."""

    number: int
    page: int
    top: bool
    places: list[float]
    gaps: list[float]
    depth: float
    size: float
    first: int | None = None
    last: int | None = None


def by_places(edges: list[Edge], found: set[int], pages: int, leading: float) -> set[int]:
    """Numbers of candidates that are furniture. found: those that other rules have found."""
    chosen: set[int] = set()
    for top in (True, False):
        of = [one for one in edges if one.top == top]
        chosen |= _in_step(of, pages)
        chosen |= {one.number for one in of if _stands_above_text(one, of, leading, pages)}
        known = [one for one in of if one.number in found | chosen]
        chosen |= {one.number for one in of if _stands_among(one, known, leading, pages)}
    return chosen


def _in_step(edges: Iterable[Edge], pages: int) -> set[int]:
    """Rows of which the first or last piece counts the pages."""
    offsets: dict[int, set[int]] = defaultdict(set)
    for one in edges:
        for value in {one.first, one.last} - {None}:
            assert value is not None
            offsets[value - one.page].add(one.page)
    least = min(3, pages)
    return {
        one.number
        for one in edges
        if pages > 1
        and one.gaps[0] > _APART
        and any(
            value is not None and len(offsets[value - one.page]) >= least for value in (one.first, one.last)
        )
    }


def _stands_above_text(one: Edge, edges: list[Edge], leading: float, pages: int) -> bool:
    """Whether the next row stands where the text of other pages begins."""
    if len(one.places) < 2 or one.size > 1.12 or one.depth > _MARGIN or not _is_apart(one):
        return False
    near = [other for other in edges if other is not one and abs(other.page - one.page) <= _NEAR]
    with_header = without = 0
    for other in near:
        if _same(other.places[0], one.places[1], leading):
            without += 1
        elif (
            len(other.places) > 1
            and _same(other.places[0], one.places[0], leading)
            and _same(other.places[1], one.places[1], leading)
            and _is_apart(other)
        ):
            with_header += 1
    if not one.top:
        # Full pages end alike, and the last lines of two pages may stand apart by chance.
        return with_header >= 2 and with_header >= 0.4 * len(near)
    return with_header + without >= (1 if pages <= 4 else max(2, 0.3 * len(near)))


def _stands_among(one: Edge, known: list[Edge], leading: float, pages: int) -> bool:
    """Whether it stands at the height of other pages' furniture."""
    like = {
        other.page
        for other in known
        if abs(other.page - one.page) <= _NEAR and _same(other.places[0], one.places[0], 2 * leading)
    }
    return one.gaps[0] > _APART and len(like - {one.page}) >= (1 if pages <= 4 else 3)


def _is_apart(one: Edge) -> bool:
    return one.gaps[0] > max(_APART, *(gap + _MORE for gap in one.gaps[1:2]))


def _same(place: float, other: float, leading: float) -> bool:
    return abs(place - other) < _SAME * leading
