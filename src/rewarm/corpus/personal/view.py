"""The text as detectors read it: full-width forms as ASCII, invisible characters out.

Someone who types １３８００１３８０００ or hides a zero-width space in a number still gives a number
away. Only the detectors read this form; the document keeps its characters.
"""

import re

_WIDE = {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B) if chr(code - 0xFEE0).isalnum()}
_WIDE |= {
    ord(wide): ord(narrow) for wide, narrow in zip("＠．－＋＿（）＝＆？／＃　", "@.-+_()=&?/# ", strict=True)
}
_WIDE |= {ord(dash): ord("-") for dash in "‐‑‒–−﹣"} | {0xA0: 32, 0x2007: 32, 0x202F: 32, 0x2009: 32}
_UNUSUAL = re.compile("[\uff10-\uff5a＠．－＋＿（）＝＆？／＃　‐‑‒–−﹣\xa0\u2007\u202f\u2009]")
_HIDDEN = re.compile(
    "[\0-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)


def of(text: str) -> tuple[str, list[int] | None]:
    """The text to search, and for each of its characters and its end the place in `text`.

    None instead of places where nothing was taken out, which is nearly always.
    """
    seen = text if text.isascii() or not _UNUSUAL.search(text) else text.translate(_WIDE)
    if not _HIDDEN.search(seen):
        return seen, None
    places = [at for at, letter in enumerate(seen) if not _HIDDEN.match(letter)]
    return "".join(seen[at] for at in places), [*places, len(text)]
