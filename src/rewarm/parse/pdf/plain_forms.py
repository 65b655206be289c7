"""Characters of PDFs → what is meant: ligatures, radicals used as characters, symbols of private fonts."""

import unicodedata

HYPHENS = (0x02, 0xFFFE)
"""What pdfium gives for a hyphen at a line end."""
SYMBOLS = {0xF0B7: "•", 0xF0A7: "▪", 0xF06E: "■", 0xF0D8: "➢", 0xF0FC: "✓", 0xF071: "❑", 0xF0E0: "→"}
"""Bullets of Symbol and Wingdings, which fonts keep in the private use area."""


def _plain_forms() -> dict[int, str]:
    """Code points → what is meant: ligatures, Kangxi and CJK radicals used as characters, odd spaces.

    Only these: other compatibility characters (，, ², ①) mean something as they are.
    """
    ranges = [(0xFB00, 0xFB07), (0x2F00, 0x2FD6), (0x2E80, 0x2EF4), (0xF900, 0xFAFF), (0xFE70, 0xFEFD)]
    ranges += [(0xFB50, 0xFBB2), (0xFBD3, 0xFD3E), (0xFB1D, 0xFB50)]
    found = {
        code: plain
        for first, last in ranges
        for code in range(first, last)
        if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code)
    }
    found.update(SYMBOLS)
    found.update(dict.fromkeys(HYPHENS, "\u00ad"))
    found.update({0xA0: " ", 0x202F: " ", 0x2009: " ", 0x200B: "", 0xFEFF: "", 0x00: ""})
    # pdfium's own sign for "no Unicode", and the noncharacters that mark parts of a text (`spans.py`).
    found.update({0xFFFF: "", **dict.fromkeys(range(0xFDD0, 0xFDF0), "")})
    return found


PLAIN = _plain_forms()
"""For `str.translate`."""
