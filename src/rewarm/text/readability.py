"""How much of a text can be read: the share of words, or of Chinese characters, that extraction left
whole.

Measured from the content alone, never from a parser's markup. A unit is damaged when it holds a
replacement character, a private or control character or a glyph name (`(cid:12)`); is a letter torn from
its word ("E ntry"); mixes letters with digits or marks as misread text does ("l1abi1ity"); has no vowel,
or more letters than words have (lost spaces). In Chinese: characters outside both common character sets,
and characters that spaces keep apart. A word broken at the end of a line counts as half.
"""

import re
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_SPACED_HAN = re.compile(r"(?<=[\u4e00-\u9fff])[ \u3000](?=[\u4e00-\u9fff](?:[ \u3000]|$))")
_GLYPH = re.compile(r"\(cid:\d+\)|/g\d+\b|/uni[0-9A-F]{4}")
_WORD = re.compile(r"\S+")
_EDGES = "\"'“”‘’«»()[]{}<>.,;:!?…-–—*_#|/\\~=+^&%$€£@`•·"
_LETTERS = re.compile(r"[^\W\d_]+", re.UNICODE)
_BAD = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_LATIN = re.compile(r"[A-Za-z]+\Z")
_VOWEL = re.compile(r"[aeiouyAEIOUY]")
_MIXED = re.compile(r"[a-z][0-9|!@\]\[]+[a-z]|\w[~^|]\w")
_BROKEN = re.compile(r"[a-z]-\n[ \t]*[a-z]")
# One-letter words of European languages.
_SINGLE = frozenset("aAiIoOyYeEuUàéwWzZkKsSvV")
_LONGEST = 30
# A letter between these is a variable, in LaTeX or code.
_FORMULA = re.compile(r"[$\\={}\[\]<>|^_`/*+0-9]")
_ADDRESS = ("http", "www.", "/", "\\", "@", "_", "::", "$", "{", "=")


def readable_share(text: str) -> float:
    """0 to 1; 0 for a text without any unit."""
    text = _GLYPH.sub("\ufffd ", text)
    units = damaged = 0.0
    units += len(_HAN.findall(text))
    damaged += sum(1 for sign in _HAN.findall(text) if not _is_common(sign))
    damaged += len(_SPACED_HAN.findall(text))
    singles = 0
    for word in _WORD.findall(text):
        if _HAN.search(word):
            damaged += len(_BAD.findall(word))
            continue
        bare = word.strip(_EDGES)
        if not bare and not _BAD.search(word):
            continue
        units += 1
        if len(bare) == 1 and bare.isalpha() and not _FORMULA.search(word):
            singles += 1
            damaged += bare not in _SINGLE
        elif _is_damaged(bare or word):
            damaged += 1
    # Letters set apart: even those that are words are not so frequent.
    damaged += max(0.0, singles - 0.08 * units) / 2
    damaged += len(_BROKEN.findall(text)) / 2
    return max(0.0, 1 - damaged / units) if units else 0.0


def _is_damaged(word: str) -> bool:
    if _BAD.search(word):
        return True
    if any(mark in word for mark in _ADDRESS) or word.isupper() or _FORMULA.search(word[0]):
        return False
    if _MIXED.search(word):
        return True
    if len(word) > _LONGEST and word.isalpha() and word[1:].islower():
        return True
    return bool(len(word) > 3 and _LATIN.match(word) and not _VOWEL.search(word))


@lru_cache(maxsize=30_000)
def _is_common(sign: str) -> bool:
    """Whether a character is among the 6,763 of GB 2312 or the 13,053 of Big5."""
    for code in ("gb2312", "big5"):
        try:
            sign.encode(code)
            return True
        except UnicodeEncodeError:
            continue
    return False
