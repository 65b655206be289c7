"""What a page's objects say about its text: images, invisible text, and text that is covered.

Text that is drawn invisibly is OCR's on a scan, and nothing that a reader sees on any other page. Text below
an opaque rectangle that was drawn later, or below a redaction annotation, was meant to be unseen. Both are
left out of born-digital pages and reported.
"""

import ctypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

from rewarm.parse.pdf import native

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

Box = tuple[float, float, float, float]
_TEXT, _PATH, _IMAGE, _FORM = 1, 2, 3, 5
_INVISIBLE = 3
_REDACT = 28
# Beyond this many objects, a page is a drawing: its rectangles are not compared with its text.
MOST_OBJECTS = 20_000
_DEPTH = 4
# A page with more paths is a drawing; a rule is so thin and so long, in points.
_MOST_RULES, _THIN, _LONG = 3000, 3.0, 7.0
# A scan fills its page; letterheads and photographs do not.
SCAN = 0.6


@dataclass(slots=True)
class Objects:
    """images: share of the page that they cover; texts, invisible, covered: addresses of text objects."""

    images: float = 0.0
    invisible: set[int] = field(default_factory=set)
    covered: set[int] = field(default_factory=set)
    redactions: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    """Thin horizontal and vertical lines, as tables have them."""
    texts: list[int] = field(default_factory=list)
    checked: bool = True

    @property
    def is_scan(self) -> bool:
        return self.images >= SCAN


def look(page: "PdfPage") -> Objects:
    """Look at the objects of a page, those within forms included."""
    handle = native.address(page.raw)
    count = raw.FPDFPage_CountObjects(page.raw)
    found = Objects()
    listed: list[tuple[int, int]] = []
    # In the order of drawing; objects in a form have its coordinates, so only their kind is used.
    inside: set[int] = set()
    for one in map(native.page_object, [handle] * min(count, MOST_OBJECTS), range(min(count, MOST_OBJECTS))):
        kind = native.object_type(one)
        listed.append((one, kind))
        if kind == _FORM:
            _enter(one, listed, inside, 1)
    found.checked = count <= MOST_OBJECTS and len(listed) <= MOST_OBJECTS
    width, height = page.get_size()
    box = page.get_cropbox() if page.get_rotation() % 180 == 0 else page.get_mediabox()
    images = [native.bounds(one) for one, kind in listed if kind == _IMAGE and one not in inside]
    images += [native.bounds(one) for one, kind in listed if kind == _FORM and _holds_image(one)]
    found.images = _share(images, box, width * height)
    texts = [(number, one) for number, (one, kind) in enumerate(listed) if kind == _TEXT]
    found.texts = [one for _, one in texts]
    found.invisible = {one for _, one in texts if native.render_mode(one) == _INVISIBLE}
    paths = [one for one, kind in listed if kind == _PATH and one not in inside] if texts else []
    if len(paths) <= _MOST_RULES:
        found.rules = [box for box in map(native.bounds, paths) if _is_rule(box)]
    rectangles = [
        (number, native.bounds(one))
        for number, (one, kind) in enumerate(listed)
        if kind == _PATH
        and one not in inside
        and texts
        and number > texts[0][0]
        and _is_opaque_rectangle(one)
    ]
    if rectangles and found.checked:
        found.covered = _covered([(number, one) for number, one in texts if one not in inside], rectangles)
    found.redactions = _redactions(page)
    return found


def _enter(form: int, listed: list[tuple[int, int]], inside: set[int], depth: int) -> None:
    count = raw.FPDFFormObj_CountObjects(ctypes.cast(form, raw.FPDF_PAGEOBJECT))
    for number in range(min(max(count, 0), MOST_OBJECTS)):
        if len(listed) > MOST_OBJECTS:
            return
        one = native.form_object(form, number)
        kind = native.object_type(one)
        listed.append((one, kind))
        inside.add(one)
        if kind == _FORM and depth < _DEPTH:
            _enter(one, listed, inside, depth + 1)


def _holds_image(form: int) -> bool:
    """A form with images and no text: scanners wrap the page's picture in one."""
    count = raw.FPDFFormObj_CountObjects(ctypes.cast(form, raw.FPDF_PAGEOBJECT))
    kinds = {native.object_type(native.form_object(form, number)) for number in range(min(max(count, 0), 50))}
    return _IMAGE in kinds and _TEXT not in kinds


def _share(boxes: list[Box], page: Box, area: float) -> float:
    """The share of the page below images, on a grid of 32 × 32: overlapping strips count once."""
    if not boxes or area <= 0:
        return 0.0
    grid = np.zeros((32, 32), bool)
    left, bottom, right, top = page
    wide, high = max(right - left, 1e-6) / 32, max(top - bottom, 1e-6) / 32
    for x0, y0, x1, y1 in boxes:
        columns = slice(max(0, round((x0 - left) / wide)), max(0, round((x1 - left) / wide)))
        grid[max(0, round((y0 - bottom) / high)) : max(0, round((y1 - bottom) / high)), columns] = True
    return float(grid.mean())


def _is_rule(box: Box) -> bool:
    wide, high = box[2] - box[0], box[3] - box[1]
    return min(wide, high) < _THIN and max(wide, high) > _LONG


def _is_opaque_rectangle(path: int) -> bool:
    handle = ctypes.cast(path, raw.FPDF_PAGEOBJECT)
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not raw.FPDFPath_GetDrawMode(handle, fill, stroke) or not fill.value:
        return False
    if not 4 <= raw.FPDFPath_CountSegments(handle) <= 6 or raw.FPDFPageObj_HasTransparency(handle):
        return False
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    raw.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha)
    left, bottom, right, top = native.bounds(path)
    return alpha.value == 255 and right - left > 3 and top - bottom > 3


def _covered(texts: list[tuple[int, int]], rectangles: list[tuple[int, Box]]) -> set[int]:
    """Text objects of which nearly all lies below a rectangle that is drawn later."""
    numbers = np.array([number for number, _ in texts])
    boxes = np.array([native.bounds(one) for _, one in texts], np.float64).reshape(-1, 4)
    hidden = np.zeros(len(texts), bool)
    for number, (left, bottom, right, top) in rectangles:
        within = (boxes[:, 0] > left - 1) & (boxes[:, 2] < right + 1)
        within &= (boxes[:, 1] + boxes[:, 3] > 2 * bottom) & (boxes[:, 1] + boxes[:, 3] < 2 * top)
        hidden |= within & (numbers < number)
    return {one for (_, one), yes in zip(texts, hidden, strict=True) if yes}


def _redactions(page: "PdfPage") -> list[Box]:
    found = []
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), 1000)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        if not annotation:
            continue
        if raw.FPDFAnnot_GetSubtype(annotation) == _REDACT:
            rect = raw.FS_RECTF()
            if raw.FPDFAnnot_GetRect(annotation, rect):
                found.append((rect.left, rect.bottom, rect.right, rect.top))
        raw.FPDFPage_CloseAnnot(annotation)
    return found


def below(boxes: npt.NDArray[np.float32], areas: list[Box]) -> npt.NDArray[np.bool_]:
    """bool [characters]: whose middle lies in one of the areas. boxes: left, top, right, bottom."""
    across, along = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    found = np.zeros(len(boxes), bool)
    for left, bottom, right, top in areas:
        found |= (across > left) & (across < right) & (along > bottom) & (along < top)
    return found
