"""The script of a text: where no label says the language, texts of one script are compared."""

import numpy as np

from rewarm.text.characters import codes

# First and last code point of the letters that tell a script; Han last, since Japanese has it too.
_SCRIPTS = (
    ("kana", 0x3040, 0x30FF),
    ("hangul", 0xAC00, 0xD7AF),
    ("cyrillic", 0x0400, 0x052F),
    ("arabic", 0x0600, 0x06FF),
    ("devanagari", 0x0900, 0x097F),
    ("thai", 0x0E00, 0x0E7F),
    ("greek", 0x0370, 0x03FF),
    ("hebrew", 0x0590, 0x05FF),
    ("han", 0x4E00, 0x9FFF),
)
_LEAST = 0.15


def script(text: str) -> str:
    """The first script that has 15 % of the characters, as `han` or `cyrillic`; else `latin`."""
    points = codes(text)
    for name, first, last in _SCRIPTS:
        if np.count_nonzero((points >= first) & (points <= last)) > _LEAST * len(points):
            return name
    return "latin"
