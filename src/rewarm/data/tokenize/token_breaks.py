"""Where a text may be cut between two tokens: what each token of a vocabulary ends and begins with.

`pack` cuts documents that are longer than a sequence and sees tokens alone, so this table says what it needs
of their bytes: an end of paragraph, line or sentence, a blank in front, a beginning inside a character.
"""

import numpy as np

# Behind a token: what ends with it. A full stop of ASCII ends a sentence only before a blank.
SENTENCE, WIDE_SENTENCE, LINE, PARAGRAPH = 1, 2, 3, 4
END = 0x07
# Before it: it begins with a newline, with a blank, or inside a character, where nothing may be cut.
NEWLINE, BLANK, INSIDE = 0x20, 0x40, 0x80

_ASCII_ENDS = b".!?;"
_WIDE_ENDS = tuple(mark.encode() for mark in "。！？；…｡．؟।።")
_CLOSING = tuple(mark.encode() for mark in "\"')]”’」』）】》")


def breaks(table: list[bytes]) -> np.ndarray:
    """uint8 [vocabulary]: one of the ends, or 0, and the bits of the beginnings.

    table: the bytes of each token, none for special tokens.
    """
    return np.array([_end(token) | _beginning(token) for token in table], dtype=np.uint8)


def _end(token: bytes) -> int:
    blank = token.rstrip(b" \t\r")
    if blank.endswith(b"\n"):
        return PARAGRAPH if blank[:-1].rstrip(b" \t\r").endswith(b"\n") else LINE
    for mark in _CLOSING:
        blank = blank.removesuffix(mark)
    if blank.endswith(_WIDE_ENDS):
        return WIDE_SENTENCE
    return SENTENCE if blank and blank[-1] in _ASCII_ENDS else 0


def _beginning(token: bytes) -> int:
    if not token:
        return 0
    if token[0] in b"\n\r":
        return NEWLINE | BLANK
    if token[0] in b" \t":
        return BLANK
    return INSIDE if 0x80 <= token[0] < 0xC0 else 0
