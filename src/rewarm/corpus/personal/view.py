"""The text as detectors read it: full-width forms narrow, traditional ones simplified, invisible ones out.

Someone who types １３８００１３８０００ or hides a zero-width space in a number still gives a number
away. Only the detectors read this form; the document keeps its characters.
"""

import re
from functools import cache

from rewarm.corpus.personal.name_lists import packed

WIDE = 0xFEE0
# Full-width letters and digits → what they are.
NARROW = {code: code - WIDE for code in range(0xFF10, 0xFF5B) if chr(code - WIDE).isalnum()}
_WIDE = NARROW | {
    ord(wide): ord(narrow) for wide, narrow in zip("＠．－＋＿（）＝＆？／＃　", "@.-+_()=&?/# ", strict=True)
}
_WIDE |= {ord(dash): ord("-") for dash in "‐‑‒–−﹣"} | {0xA0: 32, 0x2007: 32, 0x202F: 32, 0x2009: 32}
_UNUSUAL = re.compile("[\uff10-\uff5a＠．－＋＿（）＝＆？／＃　‐‑‒–−﹣\xa0\u2007\u202f\u2009]")
_HIDDEN = re.compile(
    "[\0-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)

_TRADITIONAL = re.compile(
    "[這個們來時會說對為國學業電話號碼張陳劉黃趙楊吳孫馬鄭許馮蔣韓葉蘇魯龍簡鄺羅謝鍾蕭顧盧賴區縣鄉鎮樓層"
    "車證護銀帳戶訂單]"
)


@cache
def _simplified() -> dict[int, str]:
    """Character for character, so that places stay; of several simplified ones the commonest."""
    return {ord(pair[0]): pair[1] for pair in packed("traditional_characters")}


def of(text: str) -> tuple[str, list[int] | None]:
    """The text to search, and for each of its characters and its end the place in `text`.

    None instead of places where nothing was taken out, which is nearly always.
    """
    seen = text if text.isascii() or not _UNUSUAL.search(text) else text.translate(_WIDE)
    # The commonest of those that simplified text never has: a look at a few of them.
    if not seen.isascii() and _TRADITIONAL.search(seen):
        seen = seen.translate(_simplified())
    if not _HIDDEN.search(seen):
        return seen, None
    places = [at for at, letter in enumerate(seen) if not _HIDDEN.match(letter)]
    return "".join(seen[at] for at in places), [*places, len(text)]
