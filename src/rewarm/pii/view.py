"""The text as detectors read it: full-width forms narrow, traditional ones simplified, invisible ones out.

Someone who types １３８００１３８０００ or hides a zero-width space in a number still gives a number
away. Only the detectors read this form; the document keeps its characters.
"""

import re
from bisect import bisect_right
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation

from rewarm.pii.name_lists import packed

WIDE = 0xFEE0
# Full-width letters and digits → what they are.
NARROW = {code: code - WIDE for code in range(0xFF10, 0xFF5B) if chr(code - WIDE).isalnum()}
_WIDE = NARROW | {
    ord(wide): ord(narrow) for wide, narrow in zip("＠．－＋＿（）＝＆？／＃　", "@.-+_()=&?/# ", strict=True)
}
_WIDE |= {ord(dash): ord("-") for dash in "‐‑‒–−﹣"} | {0xA0: 32, 0x2007: 32, 0x202F: 32, 0x2009: 32}
_HIDDEN = re.compile(
    "[\0-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]+"
)
# The commonest of those that simplified text never has: a look at a few of them.
_TRADITIONAL = frozenset(
    "這個們來時會說對為國學業電話號碼張陳劉黃趙楊吳孫馬鄭許馮蔣韓葉蘇魯龍簡鄺羅謝鍾蕭顧盧賴區縣鄉鎮樓層車證護銀帳戶訂單"
)
_CONTROLS = bytes((*range(9), *range(14, 32), 127))
_INVISIBLE = frozenset(filter(_HIDDEN.match, map(chr, range(0x10000))))
_SPECIAL = (*map(chr, _WIDE), *_TRADITIONAL, *_INVISIBLE)


@cache
def _automaton() -> AhoCorasick:
    """All characters that are not read as they stand."""
    return AhoCorasick(_SPECIAL, implementation=Implementation.DFA)


@cache
def _simplified() -> tuple[re.Pattern[str], dict[int, str]]:
    """Traditional characters; character for character, so that places stay, the commonest simplified one."""
    table = {ord(pair[0]): pair[1] for pair in packed("traditional_characters")}
    return re.compile(f"[{''.join(map(chr, table))}]+"), table


class Places:
    """For each character of the text that is searched its place in the document."""

    def __init__(self, begins: list[int], shifts: list[int]) -> None:
        self._begins, self._shifts = begins, shifts

    def __getitem__(self, at: int) -> int:
        return at + self._shifts[bisect_right(self._begins, at) - 1]


def of(text: str) -> tuple[str, Places | None]:
    """The text to search, and for each of its characters the place in `text`; None where nothing was
    taken out, which is nearly always."""
    if text.isascii():
        plain = text.encode()
        return (text, None) if len(plain.translate(None, _CONTROLS)) == len(plain) else _shown(text)
    try:
        matches = _automaton().find_matches_as_indexes(text)
    except UnicodeEncodeError:  # Half of a surrogate pair, which no file in UTF-8 can hold.
        text = text.encode("utf-8", "replace").decode()
        matches = _automaton().find_matches_as_indexes(text)
    special = {_SPECIAL[word] for word, *_ in matches}
    for letter in special:
        if ord(letter) in _WIDE:
            text = text.replace(letter, chr(_WIDE[ord(letter)]))
    if special & _TRADITIONAL:
        pattern, table = _simplified()
        text = pattern.sub(lambda match: match[0].translate(table), text)
    return _shown(text) if special & _INVISIBLE else (text, None)


def _shown(text: str) -> tuple[str, Places]:
    """Without what is invisible."""
    begins, shifts, parts, at, shift = [0], [0], [], 0, 0
    for match in _HIDDEN.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        shift += at - match.start()
        begins.append(at - shift)
        shifts.append(shift)
    return "".join([*parts, text[at:]]), Places(begins, shifts)
