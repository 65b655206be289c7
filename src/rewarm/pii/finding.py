"""The result of a detector, and tests of the context that all detectors use."""

import re
from typing import NamedTuple


class Finding(NamedTuple):
    """Characters [start, end) of a text; type: one of `TYPES`; sure: whether form alone or a label
    beside it proves it, so that the same string elsewhere in the document is the same thing."""

    start: int
    end: int
    type: str
    sure: bool = True


TYPES = (
    "url_secret", "api_key", "email", "identity", "card", "order", "passport", "phone", "account", "plate",
    "address", "ip", "mac", "name",
)  # fmt: skip

HAN = "\u4e00-\u9fff"
_ANY_HAN = re.compile(f"[{HAN}]")
_THOUSANDS = re.compile(r"[0-9]{3}(?![0-9-])")
_LONG, _LONG_END = re.compile(r"(?:[ ()+-]{0,2}[0-9]){7}"), re.compile(r"(?:[0-9][ ()-]{0,2}){7}$")
_NO_DATA = re.compile(
    r"(?:ISBN|ISSN|DOI|doi|arXiv|RFC|GB/T|ISO|NDC|SKU|UPC|EAN|UUID|CAS)[^\w\n]{0,4}[\w.:/-]{0,12}$"
)
# bytes=4539148803436467 in a log
_FIELD = re.compile(r"\b(?:bytes|size|count|len|length|total|duration|offset|ts|seq|nonce)=$")
_UNIT = re.compile(
    r" ?(?:次(?![日年月晨周序])|篇|万|亿|元|美元|人民币|人次|名(?!下)|字节|公里|千米|平方|立方|吨|股|倍|"
    r"毫秒|纳秒|字符|[%％°]|"
    r"(?:bytes?|bits?|km|kg|GB|MB|KB|ms|ns|Hz|USD|EUR|RMB|dollars|people|times|rows|records|items|"
    r"(?:nano|micro|milli)?seconds|minutes|hours|days|years|met(?:er|re)s|users|tokens|lines|"
    r"samples)\b)"
)


def has_han(text: str) -> bool:
    """Whether any Chinese character stands in the text."""
    return not text.isascii() and _ANY_HAN.search(text) is not None


def alone(text: str, start: int, end: int) -> bool:
    """Whether a number or code stands by itself: not a part of a longer one, of a decimal or a word."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and _joins(before[-1]):
        return False
    if len(before) == 2 and before[1] == ":" and (before[0] == ":" or before[0].isdigit()):
        return False  # 1111:0:0:0111, 12:30:05
    if after and _joins(after[0]):
        return False
    if len(before) == 2 and before[1] in ".,-/" and before[0].isdigit():
        # A comma cuts thousands, or the cells of a row; a slash also stands between two long numbers.
        return (
            before[1] == "," and not (_THOUSANDS.match(text, start) and _is_short_end(text, start - 1))
        ) or (before[1] == "/" and _LONG_END.search(text, max(0, start - 16), start - 1) is not None)
    if len(after) == 2 and after[0] in ".,-/:" and after[1].isdigit():
        return (after[0] == "," and not (_THOUSANDS.match(text, end + 1) and _is_short_end(text, end))) or (
            after[0] == "/" and _LONG.match(text, end + 1) is not None
        )
    return True


def _is_short_end(text: str, end: int) -> bool:
    """Whether the digits that end here are three at most, as before a comma of thousands."""
    return not text[max(0, end - 4) : end].isdigit() or end < 4


def before(text: str, start: int, words: re.Pattern[str], width: int = 24) -> bool:
    """Whether one of the words stands in the `width` characters before, on the same line."""
    left = text[max(0, start - width) : start]
    return words.search(left, left.rfind("\n") + 1) is not None


def around(text: str, start: int, end: int, words: re.Pattern[str], width: int = 40) -> bool:
    """Whether one of the words stands within `width` characters on either side."""
    return words.search(text, max(0, start - width), end + width) is not None


def is_quantity(text: str, start: int, end: int) -> bool:
    """Whether a number counts or names something else: a unit follows, a currency or `ISBN` precedes."""
    if _FIELD.search(text, max(0, start - 12), start):
        return True
    if _UNIT.match(text, end) or text[max(0, start - 1) : start] in ("¥", "￥", "$", "€", "£"):
        return True
    return _NO_DATA.search(text[max(0, start - 20) : start]) is not None


def is_inside_word(text: str, start: int) -> bool:
    """Whether a label that was met is only the end of a longer Latin word: `ring` in offering."""
    return start > 0 and _joins(text[start - 1]) and _joins(text[start])


def _joins(letter: str) -> bool:
    return letter == "_" or (letter.isascii() and letter.isalnum())
