"""pdfium's functions as they are called a million times.

ctypes costs 0.5 µs a call with converted arguments. With raw addresses, without releasing Python's lock and
driven by `map`, a call takes 0.2 µs, so that the boxes of all characters of a page take half a millisecond.
"""

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as raw

if TYPE_CHECKING:
    from _ctypes import CFuncPtr, _CData, _Pointer

_P, _I = ctypes.c_void_p, ctypes.c_int


def _fast(function: "CFuncPtr", result: type["_CData"], *arguments: type["_CData"]) -> Callable[..., Any]:
    kind = ctypes.PYFUNCTYPE(result, *arguments)
    return kind(ctypes.cast(function, _P).value or 0)


_loose_box = _fast(raw.FPDFText_GetLooseCharBox, _I, _P, _I, _P)
_unicode = _fast(raw.FPDFText_GetUnicode, ctypes.c_uint, _P, _I)
_text_object = _fast(raw.FPDFText_GetTextObject, _P, _P, _I)
char_angle = _fast(raw.FPDFText_GetCharAngle, ctypes.c_float, _P, _I)
_origin = _fast(raw.FPDFText_GetCharOrigin, _I, _P, _I, _P, _P)
_font_size = _fast(raw.FPDFText_GetFontSize, ctypes.c_double, _P, _I)
_matrix = _fast(raw.FPDFText_GetMatrix, _I, _P, _I, _P)
map_error = _fast(raw.FPDFText_HasUnicodeMapError, _I, _P, _I)
page_object = _fast(raw.FPDFPage_GetObject, _P, _P, _I)
form_object = _fast(raw.FPDFFormObj_GetObject, _P, _P, ctypes.c_ulong)
object_type = _fast(raw.FPDFPageObj_GetType, _I, _P)
render_mode = _fast(raw.FPDFTextObj_GetTextRenderMode, _I, _P)
_bounds = _fast(raw.FPDFPageObj_GetBounds, _I, _P, _P, _P, _P, _P)


def address(handle: "_Pointer[Any]") -> int:
    """The address behind a pypdfium2 handle."""
    return int(ctypes.cast(handle, _P).value or 0)


def boxes(textpage: int, count: int) -> npt.NDArray[np.float32]:
    """float32 [count, 4]: left, top, right, bottom of each character's advance and font height."""
    found = np.zeros((max(count, 1), 4), np.float32)
    start = found.ctypes.data
    for _ in map(_loose_box, [textpage] * count, range(count), range(start, start + 16 * count, 16)):
        pass
    return found[:count]


def codes(handle: "_Pointer[Any]", textpage: int, count: int) -> npt.NDArray[np.uint32]:
    """uint32 [count]: the code point of each character."""
    buffer = ctypes.create_string_buffer(2 * (count + 1))
    units = raw.FPDFText_GetText(handle, 0, count, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))) - 1
    found = np.frombuffer(buffer.raw[: 2 * max(units, 0)], np.uint16).astype(np.uint32)
    # Characters beyond the first plane, and those without a code, break the one-to-one order.
    if len(found) == count and not ((found >= 0xD800) & (found < 0xE000)).any():
        return found
    found = np.fromiter(map(_unicode, [textpage] * count, range(count)), np.uint32, count)
    return _whole_characters(found)


def _whole_characters(units: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Mathematical letters and rare Chinese characters come as two surrogates in two places: the character at
    the first, a space without width at the second. A half without its other is U+FFFD."""
    high = (units >= 0xD800) & (units < 0xDC00)
    low = (units >= 0xDC00) & (units < 0xE000)
    first = np.flatnonzero(high[:-1] & low[1:])
    whole = 0x10000 + ((units[first] - 0xD800) << 10) + (units[first + 1] - 0xDC00)
    found = np.where(high | low, np.uint32(0xFFFD), units)
    found[first], found[first + 1] = whole, 0x200B
    return found


def text_objects(textpage: int, count: int) -> npt.NDArray[np.uint64]:
    """uint64 [count]: the address of the page object that each character comes from; 0 for generated ones."""
    found = map(_text_object, [textpage] * count, range(count))
    return np.fromiter((one or 0 for one in found), np.uint64, count)


def fonts(textpage: int, places: list[int]) -> list[tuple[float, float, float]]:
    """Of some characters: the size of the font as drawn, in points (0 where pdfium knows none), and the
    place of the origin on the baseline, x and y."""
    found = []
    matrix, origin = (ctypes.c_float * 6)(), (ctypes.c_double * 2)()
    at, point = ctypes.addressof(matrix), ctypes.addressof(origin)
    for place in places:
        size = _font_size(textpage, place)
        scale = (matrix[2] ** 2 + matrix[3] ** 2) ** 0.5 if _matrix(textpage, place, at) else 1.0
        _origin(textpage, place, point, point + 8)
        found.append((float(size) * scale, origin[0], origin[1]))
    return found


def bounds(one: int) -> tuple[float, float, float, float]:
    """left, bottom, right, top of a page object."""
    found = (ctypes.c_float * 4)()
    at = ctypes.addressof(found)
    _bounds(one, at, at + 4, at + 8, at + 12)
    left, bottom, right, top = found
    return left, bottom, right, top
