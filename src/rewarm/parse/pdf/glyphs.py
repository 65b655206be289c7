"""A page's characters → segments: runs of text on one baseline without a wide gap.

pdfium gives characters in the order of the content stream, with spaces and line ends that it adds itself.
Every character has a box of its advance and its font's height. A segment ends where pdfium ends a line, the
baseline moves, the text jumps back, or a gap is wider than a space can be: between columns and cells.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rewarm.parse.pdf import native
from rewarm.parse.pdf.plain_forms import HYPHENS, PLAIN, SYMBOLS

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

# A gap of so many heights of a line is no space between words: gutters are wider, justified spaces narrower.
_WIDE = 0.95
# Above this many characters a page is a bomb: the densest printed page has some 20,000.
MOST_CHARACTERS = 400_000
# From here on, scripts that are written without spaces.
_HAN = 0x2E80
_HYPHEN_SIGNS = tuple(map(chr, HYPHENS))
_SPACES = np.array([0x09, 0x20, 0xA0, 0x3000, *range(0x2000, 0x200B), 0x202F, 0x205F], np.uint32)


@dataclass(slots=True)
class Segment:
    """A run of text.

    text: with `\\u00ad` at its end where pdfium saw a hyphenated line end; x0 < x1, y0 < y1: its box, from a
    fifth of the size below the baseline; size: of its font, in points; order: place in the content stream;
    mono: all letters are as wide; rtl: written from right to left.
    """

    text: str
    x0: float
    x1: float
    y0: float
    y1: float
    size: float
    order: int
    mono: bool = False
    rtl: bool = False

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


@dataclass(slots=True)
class Glyphs:
    """The characters of a page that count: code points, boxes, and which are unreadable."""

    codes: npt.NDArray[np.uint32]
    boxes: npt.NDArray[np.float32]
    characters: int
    unreadable: int
    replaced: int
    duplicates: int
    textpage: int = 0
    turn: int = 0
    """By how many quarters, counter-clockwise, the text stands on the page; boxes are upright already."""
    places: "npt.NDArray[np.int64] | None" = None
    """Which of the page's characters these are, where some were left out."""


def read(
    textpage: "PdfTextPage", boxes: npt.NDArray[np.float32], excluded: "npt.NDArray[np.bool_] | None" = None
) -> Glyphs:
    """The characters of a page. boxes: of all of them; excluded: bool [characters], those that must not be
    read."""
    handle = textpage.raw
    where = native.address(handle)
    count = textpage.count_chars()
    codes = native.codes(handle, where, count)
    solid = ~np.isin(codes, _SPACES) & (codes >= 0x20)
    unreadable = int(
        (solid & _unreadable(codes)).sum() + ((codes < 0x20) & ~np.isin(codes, (2, 9, 10, 13))).sum()
    )
    replaced = int((codes == 0xFFFD).sum())
    twice = _drawn_twice(codes, boxes, solid)
    drop = twice if excluded is None else twice | excluded
    places = None
    if drop.any():
        places = np.flatnonzero(~drop)
        codes, boxes = codes[places], boxes[places]
    return Glyphs(codes, boxes, int(solid.sum()), unreadable, replaced, int(twice.sum()), where, 0, places)


def _unreadable(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Code points that no reader of the page would call characters: no Unicode, or private use."""
    private = (codes >= 0xE000) & (codes <= 0xF8FF) & ~np.isin(codes, list(SYMBOLS))
    beyond = (codes >= 0xF0000) & (codes < 0xFFFFFFFF) | (codes >= 0x7F) & (codes < 0xA0)
    return np.asarray(private | (codes == 0xFFFD) | beyond | (codes == 0xFFFF))


def _drawn_twice(
    codes: npt.NDArray[np.uint32], boxes: npt.NDArray[np.float32], solid: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Characters drawn again at their own place, a cheap bold: the second goes."""
    place = np.round(boxes[:, [0, 3]]).astype(np.int64)
    key = (codes.astype(np.int64) << 40) ^ ((place[:, 0] & 0xFFFFF) << 20) ^ (place[:, 1] & 0xFFFFF)
    order = np.argsort(key, kind="stable")
    same = np.zeros(len(key), bool)
    # The letters of a ligature share its box, one after the other.
    same[order[1:]] = (key[order[1:]] == key[order[:-1]]) & (order[1:] - order[:-1] > 3)
    wide = boxes[:, 2] - boxes[:, 0] > 0.5
    return np.asarray(same & solid & wide)


def segments(glyphs: Glyphs) -> list[Segment]:
    """The page's segments in stream order."""
    codes, boxes = glyphs.codes, glyphs.boxes
    codes = _ligatures_in_order(codes, boxes)
    at = np.flatnonzero(~np.isin(codes, _SPACES) & (codes >= 0x20) & (codes != 0xFFFE) & (codes != 0xFFFF))
    if not len(at):
        return []
    left, top, right, bottom = boxes[at].T
    height = np.maximum(top - bottom, 0.5)
    rtl = _directions(codes, at)
    ends = np.zeros(len(codes) + 1, np.int32)
    np.cumsum((codes == 10) | (codes == 13), out=ends[1:])
    line_end = ends[at[1:]] != ends[at[:-1]]
    scale = np.maximum(height[1:], height[:-1])
    both = rtl[1:] & rtl[:-1]
    gap = np.where(both, left[:-1] - right[1:], left[1:] - right[:-1])
    shared = np.minimum(top[1:], top[:-1]) - np.maximum(bottom[1:], bottom[:-1])
    moved = shared < 0.4 * np.minimum(height[1:], height[:-1])
    back = np.where(both, left[1:] > left[:-1] + 0.5 * scale, left[1:] < left[:-1] - 0.5 * scale)
    back &= ~(rtl[1:] ^ rtl[:-1])
    cut = line_end | moved | back | (gap > _WIDE * scale) | (rtl[1:] ^ rtl[:-1])
    starts = np.concatenate([[0], np.flatnonzero(cut) + 1])
    torn = _false_spaces(codes, boxes[:, 2] - boxes[:, 0], at, gap, scale)
    usual = _usual(starts, height)
    sizes, bases = _fonts(glyphs, at[usual], np.maximum.reduceat(height, starts), bottom[usual])
    return _built(codes, at, starts, left, right, bases, sizes, rtl, torn)


def _usual(starts: npt.NDArray[np.int64], height: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """A character of each segment that has its size: the first, or one after a raised number at its start."""
    usual = starts.copy()
    ends = np.concatenate([starts[1:], [len(height)]])
    highest = np.maximum.reduceat(height, starts)
    for at in np.flatnonzero(height[starts] < 0.85 * highest).tolist():
        inside = height[starts[at] : ends[at]] > 0.9 * highest[at]
        if inside.sum() * 2 > len(inside):
            usual[at] = starts[at] + int(inside.argmax())
    return usual


def _directions(codes: npt.NDArray[np.uint32], at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which characters are written from right to left. Signs go with the number that they touch, and else
    with what stands before them."""
    shown = codes[at]
    rtl = _is_rtl(shown)
    if not rtl.any():
        return rtl
    digit = (shown >= 0x30) & (shown <= 0x39)
    neutral = ~rtl & ~digit & ~(((shown | 0x20) >= 0x61) & ((shown | 0x20) <= 0x7A)) & (shown < 0xC0)
    for place in np.flatnonzero(neutral).tolist():
        beside = [
            other
            for other in (place - 1, place + 1)
            if 0 <= other < len(at) and abs(int(at[other] - at[place])) == 1
        ]
        if any(digit[other] for other in beside):
            rtl[place] = False
        else:
            rtl[place] = bool(rtl[place - 1]) if place else True
    return rtl


def _fonts(
    glyphs: Glyphs,
    first: npt.NDArray[np.int64],
    height: npt.NDArray[np.float32],
    bottom: npt.NDArray[np.float32],
) -> tuple[list[float], list[float]]:
    """Font size and baseline of the segments that begin at these characters.

    Boxes of fonts of one size differ by half in height and stand at different heights on one line; they
    are taken only where pdfium's own figures are beyond belief.
    """
    box = height / 1.2
    if not glyphs.textpage:
        return list(box.tolist()), list((bottom + 0.22 * box).tolist())
    places = first if glyphs.places is None else glyphs.places[first]
    found = np.array(native.fonts(glyphs.textpage, places.tolist()))
    size = np.where((found[:, 0] > 0.5 * box) & (found[:, 0] < 3 * box), found[:, 0], box)
    x, y = found[:, 1], found[:, 2]
    base = {0: y, 1: -x, 2: -y, 3: x}[glyphs.turn]
    base = np.where(np.abs(base - bottom) < 2 * height, base, bottom + 0.22 * box)
    return list(size.tolist()), list(base.tolist())


def _false_spaces(
    codes: npt.NDArray[np.uint32],
    widths: npt.NDArray[np.float32],
    at: npt.NDArray[np.int64],
    gap: npt.NDArray[np.float32],
    scale: npt.NDArray[np.float32],
) -> set[int]:
    """Places of spaces that pdfium added between Chinese characters, and after a kerned capital
    ("E ntzündung").

    Such a gap is much narrower than the page's usual space. After other letters narrow gaps are real: an f
    leans over what follows it.
    """
    after = at[:-1] + 1
    spaced = (at[1:] == at[:-1] + 2) & (gap < _WIDE * scale) & (gap > -0.5 * scale)
    spaced &= widths[np.minimum(after, len(widths) - 1)] == 0
    # Chinese is set wider to fill a line, and has no spaces between its characters.
    wide = codes[at] >= _HAN
    among_han = {int(place) + 1 for place in at[:-1][spaced & wide[:-1] & wide[1:]]}
    if spaced.sum() < 20:
        return among_han
    width = gap / scale
    usual = float(np.median(width[spaced]))
    upper = (codes[at] >= 0x41) & (codes[at] <= 0x5A) | (codes[at] >= 0xC0) & (codes[at] <= 0xDE)
    lower = (codes[at] >= 0x61) & (codes[at] <= 0x7A) | (codes[at] >= 0xDF) & (codes[at] <= 0xFF)
    alone = np.concatenate([[True], at[1:] != at[:-1] + 1])
    word = np.isin(codes[at[:-1]], (0x41, 0x49))  # A and I are words
    narrow = width < np.where(word, 0.25, 0.55) * usual
    torn = spaced & upper[:-1] & lower[1:] & alone[:-1] & narrow
    return among_han | {int(place) + 1 for place in at[:-1][torn]}


def _built(
    codes: npt.NDArray[np.uint32],
    at: npt.NDArray[np.int64],
    starts: npt.NDArray[np.int64],
    left: npt.NDArray[np.float32],
    right: npt.NDArray[np.float32],
    base: list[float],
    size: list[float],
    rtl: npt.NDArray[np.bool_],
    false_spaces: set[int],
) -> list[Segment]:
    text = codes.astype("<u4").tobytes().decode("utf-32-le", "replace")
    x0, x1 = np.minimum.reduceat(left, starts).tolist(), np.maximum.reduceat(right, starts).tolist()
    ends = np.concatenate([starts[1:], [len(at)]])
    rights = (np.add.reduceat(rtl.astype(np.int32), starts) * 2 > ends - starts).tolist()
    latin = ((codes[at] | 0x20) >= 0x61) & ((codes[at] | 0x20) <= 0x7A)
    advance = right - left
    han = np.add.reduceat((codes[at] >= 0x2E80).astype(np.int32), starts).tolist()
    letters = np.add.reduceat(latin.astype(np.int32), starts).tolist()
    widest = np.maximum.reduceat(np.where(latin, advance, -1e9), starts).tolist()
    least = np.minimum.reduceat(np.where(latin, advance, 1e9), starts).tolist()
    found = []
    first, last = at[starts].tolist(), at[ends - 1].tolist()
    following = [*first[1:], len(codes)]
    for number, (begin, end) in enumerate(zip(first, last, strict=True)):
        part = text[begin : end + 1]
        if false_spaces and (torn := [place for place in false_spaces if begin < place < end]):
            part = "".join(letter for place, letter in enumerate(part, begin) if place not in torn)
        part = part.translate(PLAIN).replace("\r", "").replace("\n", "")
        if text[end + 1 : following[number]].startswith(_HYPHEN_SIGNS):
            part += "\u00ad"
        high = size[number]
        low = base[number] - 0.22 * high
        mono = letters[number] >= max(4, 2 * han[number]) and widest[number] - least[number] < 0.03 * high
        found.append(
            Segment(part, x0[number], x1[number], low, low + high, high, begin, mono, rights[number])
        )
    return found


def _ligatures_in_order(
    codes: npt.NDArray[np.uint32], boxes: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint32]:
    """pdfium turns a right-to-left line round letter by letter, and so the letters of a ligature, which
    share a box, stand in reverse order: لا would read ال."""
    rtl = _is_rtl(codes)
    if not rtl.any():
        return codes
    same = rtl[1:] & rtl[:-1] & (boxes[1:] == boxes[:-1]).all(axis=1)
    codes = codes.copy()
    for at in np.flatnonzero(same & ~np.concatenate([[False], same[:-1]])).tolist():
        codes[at], codes[at + 1] = codes[at + 1], codes[at]
    return codes


def _is_rtl(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    return np.asarray(
        ((codes >= 0x590) & (codes <= 0x8FF))
        | ((codes >= 0xFB1D) & (codes <= 0xFDFF))
        | ((codes >= 0xFE70) & (codes <= 0xFEFC))
    )
