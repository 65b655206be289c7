"""Lines that OCR found → segments and text, by the layout rules of PDF pages."""

from collections.abc import Iterable
from statistics import median

from rewarm.parse.pdf import columns, paragraphs
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.joining import Words

Line = tuple[float, float, float, float, str]
# A box is drawn around what stands in the line, with or without descenders: lines of one size differ by so
# much, and boxes are about so much higher than the font.
_ALIKE, _PER_SIZE = 0.3, 1.15


def segments_of_lines(lines: Iterable[Line]) -> list[Segment]:
    """Segments of lines (x0, y0, x1, y1, text), y upwards."""
    given = [(x0, y0, x1, y1, text) for x0, y0, x1, y1, text in lines if x1 > x0 and y1 > y0]
    if not given:
        return []
    usual = median(y1 - y0 for _, y0, _, y1, _ in given)
    found = []
    for order, (x0, y0, x1, y1, text) in enumerate(given):
        high = usual if abs(y1 - y0 - usual) < _ALIKE * usual else y1 - y0
        middle = (y0 + y1) / 2
        size = high / _PER_SIZE
        found.append(Segment(text, x0, x1, middle - size / 2, middle + size / 2, size, order))
    return found


def text_of_lines(lines: list[Line], height: float) -> str:
    """Text of one image. lines: x0, y0, x1, y1 in pixels from the top, text."""
    found = segments_of_lines((x0, height - y1, x1, height - y0, text) for x0, y0, x1, y1, text in lines)
    if not found:
        return ""
    words = Words()
    words.learn(one.text for one in found)
    size = median(one.size for one in found)
    body, notes = paragraphs.paragraphs(columns.ordered(found), size, words)
    return "\n\n".join(one.text for one in [*body, *notes] if one.text.strip()).replace("\u00ad", "")
