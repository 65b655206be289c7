"""One page of a PDF: its segments, upright, and what its objects and characters say about them."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewarm.parse.parsed import Problem
from rewarm.parse.pdf import glyphs, native, objects
from rewarm.parse.pdf.glyphs import Glyphs, Segment

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

_SAMPLE = 60
# Letters of a watermark are so much larger than the text, few, and askew: the sine of twice their angle is
# above this.
_LARGE, _MOST_LARGE, _ASKEW = 2.5, 200, 0.2
# Of a page with fewer characters than these, text objects are measured; the mapping, of so many characters.
_FEW, _MOST_TEXTS, _MAPPED = 5, 2000, 200


@dataclass(slots=True)
class PageText:
    """segments: of the page's main direction; aside: of other directions (a stamp along the margin);
    width, height: of the upright page; hidden: characters of an invisible layer that were read (a
    scan's); rules: thin lines, of upright pages only; unmapped: share of characters whose font has no
    table to Unicode and no names of letters, so that their codes are guesses; drawn: total width, in
    points, of the text objects of a page that has hardly any character (.notdef glyphs have none)."""

    number: int
    width: float
    height: float
    segments: list[Segment]
    aside: list[Segment] = field(default_factory=list)
    characters: int = 0
    unreadable: int = 0
    images: float = 0.0
    is_scan: bool = False
    hidden: int = 0
    rules: list[objects.Box] = field(default_factory=list)
    unmapped: float = 0.0
    drawn: float = 0.0
    is_turned: bool = False
    problems: list[Problem] = field(default_factory=list)


def read(document: "PdfDocument", number: int) -> PageText:
    """Page `number`, from 1. Raises what pypdfium2 raises for a page that cannot be loaded."""
    page = document[number - 1]
    try:
        return _read(page, number)
    finally:
        page.close()


def _read(page: "PdfPage", number: int) -> PageText:
    width, height = page.get_size()
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        seen = objects.look(page)
        found = PageText(number, width, height, [], images=seen.images, is_scan=seen.is_scan)
        if count > glyphs.MOST_CHARACTERS:
            detail = f"{count:,} characters on a page; at most {glyphs.MOST_CHARACTERS:,} are read"
            found.problems.append(Problem(str(number), "parse.page_too_dense", detail))
            return found
        if count < _FEW:
            drawn = map(native.bounds, seen.texts[:_MOST_TEXTS])
            found.drawn = sum(right - left for left, _, right, _ in drawn if right > left)
        if not count:
            return found
        found.unmapped = _unmapped(textpage, count)
        excluded = _excluded(textpage, count, seen, found)
        boxes = native.boxes(native.address(textpage.raw), count)
        excluded = _without_watermark(textpage, boxes, excluded)
        read = glyphs.read(textpage, boxes, excluded)
        found.characters, found.unreadable = read.characters, read.unreadable
        angles = _angles(textpage, count)
        if page.get_rotation() or angles.any():
            found.is_turned = True
            _turn(found, read, textpage, count, page)
        else:
            found.segments = glyphs.segments(read)
            _shift(found, page)
            left, bottom, _, _ = page.get_cropbox()
            found.rules = [(x0 - left, y0 - bottom, x1 - left, y1 - bottom) for x0, y0, x1, y1 in seen.rules]
        return found
    finally:
        textpage.close()


def _shift(found: PageText, page: "PdfPage") -> None:
    """Coordinates from the page's corner, and no text outside of what the page shows."""
    left, bottom, _, _ = page.get_cropbox()
    for one in found.segments:
        one.x0, one.x1, one.y0, one.y1 = one.x0 - left, one.x1 - left, one.y0 - bottom, one.y1 - bottom
    found.segments = [one for one in found.segments if _on(one, found)]


def _on(one: Segment, page: PageText) -> bool:
    across, along = (one.x0 + one.x1) / 2, one.middle
    return -1 <= across <= page.width + 1 and -1 <= along <= page.height + 1


def _excluded(
    textpage: "PdfTextPage", count: int, seen: objects.Objects, found: PageText
) -> npt.NDArray[np.bool_] | None:
    invisible = seen.invisible
    if not (invisible or seen.covered or seen.redactions):
        return None
    owners = native.text_objects(native.address(textpage.raw), count)
    excluded = np.zeros(count, bool)
    if invisible:
        of = np.isin(owners, np.fromiter(invisible, np.uint64, len(invisible)))
        if found.is_scan:
            found.hidden = int(of.sum())
        else:
            excluded |= of
            _report(found, int(of.sum()), "pdf.invisible", "invisible characters on a page that is no scan")
    if seen.covered:
        of = np.isin(owners, np.fromiter(seen.covered, np.uint64, len(seen.covered)))
        excluded |= of
        _report(found, int(of.sum()), "pdf.covered", "characters below an opaque rectangle")
    if seen.redactions:
        of = objects.below(native.boxes(native.address(textpage.raw), count), seen.redactions)
        excluded |= of
        _report(found, int(of.sum()), "pdf.redacted", "characters below a redaction annotation")
    return excluded if excluded.any() else None


def _without_watermark(
    textpage: "PdfTextPage", boxes: npt.NDArray[np.float32], excluded: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.bool_] | None:
    """Also exclude large letters that stand askew behind the text ("DRAFT")."""
    where = native.address(textpage.raw)
    high = np.maximum(boxes[:, 1] - boxes[:, 3], boxes[:, 2] - boxes[:, 0])
    large = np.flatnonzero(high > _LARGE * float(np.median(high)))
    if not 0 < len(large) <= _MOST_LARGE:
        return excluded
    askew = [at for at in large.tolist() if abs(math.sin(2 * native.char_angle(where, at))) > _ASKEW]
    if not askew:
        return excluded
    excluded = np.zeros(len(boxes), bool) if excluded is None else excluded
    excluded[askew] = True
    return excluded


def _report(found: PageText, characters: int, reason: str, what: str) -> None:
    if characters:
        detail = f"{characters:,} {what}, not read"
        found.problems.append(Problem(str(found.number), reason, detail, lost=False))


def _angles(textpage: "PdfTextPage", count: int) -> npt.NDArray[np.int64]:
    """Quarter turns of a sample of characters, counter-clockwise."""
    where = native.address(textpage.raw)
    step = max(1, count // _SAMPLE)
    turns = [native.char_angle(where, at) for at in range(0, count, step)]
    return _quarters(np.array(turns))


def _unmapped(textpage: "PdfTextPage", count: int) -> float:
    """The share of a sample of characters that pdfium has no Unicode for, and gives the font's codes."""
    where = native.address(textpage.raw)
    places = range(0, count, max(1, count // _MAPPED))
    unmapped = sum(int(native.map_error(where, at)) > 0 for at in places)
    return unmapped / len(places)


def _quarters(angles: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """pdfium measures clockwise."""
    return -np.rint(angles / (math.pi / 2)).astype(np.int64) % 4


def _turn(found: PageText, read: Glyphs, textpage: "PdfTextPage", count: int, page: "PdfPage") -> None:
    """Split characters by direction; turn the most frequent one upright."""
    where = native.address(textpage.raw)
    turns = np.fromiter((native.char_angle(where, at) for at in range(count)), np.float64, count)
    quarter = _quarters(turns)
    # Spaces and what pdfium adds have no direction of their own.
    generated = np.isin(native.codes(textpage.raw, where, count), [10, 13, 32])
    known = np.where(generated, 0, np.arange(count))
    quarter = quarter[np.maximum.accumulate(known)]
    if read.places is not None:
        quarter = quarter[read.places]
    votes = np.bincount(quarter, minlength=4)
    main = int(votes.argmax())
    left, bottom, right, top = page.get_mediabox()
    for turn in range(4):
        chosen = quarter == turn
        if not chosen.any():
            continue
        part = Glyphs(read.codes[chosen], _upright(read.boxes[chosen], turn), 0, 0, 0, 0, read.textpage, turn)
        part.places = np.flatnonzero(chosen) if read.places is None else read.places[chosen]
        runs = glyphs.segments(part)
        if turn == main:
            found.segments = runs
        else:
            found.aside += runs
    if not found.segments:
        return
    width, height = right - left, top - bottom
    found.width, found.height = (height, width) if main % 2 else (width, height)
    # From the corner of the upright page.
    x = {0: left, 1: bottom, 2: -right, 3: -top}[main]
    y = {0: bottom, 1: -right, 2: -top, 3: left}[main]
    for one in found.segments:
        one.x0, one.x1, one.y0, one.y1 = one.x0 - x, one.x1 - x, one.y0 - y, one.y1 - y
    found.segments = [one for one in found.segments if _on(one, found)]


def _upright(boxes: npt.NDArray[np.float32], turn: int) -> npt.NDArray[np.float32]:
    """Boxes turned clockwise by `turn` quarters about the origin. Columns: left, top, right, bottom."""
    left, top, right, bottom = boxes.T
    match turn:
        case 1:
            return np.stack([bottom, -left, top, -right], axis=1)
        case 2:
            return np.stack([-right, -bottom, -left, -top], axis=1)
        case 3:
            return np.stack([-top, right, -bottom, left], axis=1)
    return boxes
