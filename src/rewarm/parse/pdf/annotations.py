"""Texts of a page's annotations: notes, highlights with a comment, text boxes laid over the page.

They are no part of the page's content. Links, form fields, redaction marks and the windows that show a note
(popups) are not read.
"""

import ctypes
from typing import TYPE_CHECKING

import pypdfium2.raw as raw

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# Text, FreeText, Line, Square, Circle, Polygon, PolyLine, Highlight, Underline, Squiggly, StrikeOut, Stamp,
# Caret, Ink (ISO 32000-1, table 169, in pdfium's numbers).
_COMMENTS = frozenset([1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
_MOST, _LONGEST = 1000, 20_000


def comments(document: "PdfDocument", number: int) -> list[tuple[str, str]]:
    """Author and text of each annotation of page `number`, from 1, that has a text."""
    page = document[number - 1]
    try:
        found = []
        for at in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MOST)):
            annotation = raw.FPDFPage_GetAnnot(page.raw, at)
            if not annotation:
                continue
            if raw.FPDFAnnot_GetSubtype(annotation) in _COMMENTS:
                text = _value(annotation, b"Contents").strip()
                if text:
                    found.append((_value(annotation, b"T").strip(), text))
            raw.FPDFPage_CloseAnnot(annotation)
        return found
    finally:
        page.close()


def _value(annotation: ctypes.c_void_p, key: bytes) -> str:
    size = raw.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    if not 2 < size <= 2 * _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
