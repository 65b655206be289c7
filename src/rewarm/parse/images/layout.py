"""Lines that OCR found on an image → text, by the layout rules of PDF pages."""

from rewarm.parse.pdf import columns, paragraphs
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.joining import Words


def text_of_lines(lines: list[tuple[float, float, float, float, str]], height: float) -> str:
    """lines: x0, y0, x1, y1 in pixels from the top, text."""
    found = [
        Segment(text, x0, x1, height - y1, height - y0, y1 - y0, order)
        for order, (x0, y0, x1, y1, text) in enumerate(lines)
    ]
    if not found:
        return ""
    words = Words()
    words.learn(one.text for one in found)
    sizes = sorted(one.size for one in found)
    body, notes = paragraphs.paragraphs(columns.ordered(found), sizes[len(sizes) // 2], words)
    return "\n\n".join(one.text for one in [*body, *notes] if one.text.strip()).replace("\u00ad", "")
