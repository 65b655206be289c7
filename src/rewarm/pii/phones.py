"""Telephone numbers: mobile and fixed of China, 400 lines, international, of the US, and labelled ones.

Every pattern starts with a rare character, so a text without it costs a scan at memory speed; what
stands around a number decides afterwards. A number of another country without `+` is only told by
a label before it.
"""

import re
from collections.abc import Iterator

from rewarm.pii.detector import Detector, labelled, listed
from rewarm.pii.finding import Finding, alone, before, is_inside_word, is_quantity

_MOBILE = re.compile(r"1[3-9][0-9](?:[ .-]?[0-9]){8}")
_MOBILE_SHAPES = frozenset(
    {(11,), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (4, 7), (5, 6), (3, 3, 5), (4, 4, 3)}
)
_SPELLED = re.compile(
    r"[一幺][三四五六七八九][零〇一二三四五六七八九幺两](?: ?[零〇一二三四五六七八九幺两]){8}(?![零〇一二"
    r"三四五六七八九十百千万])"
)
_SPACED = re.compile(r"0[0-9]{2,3} [1-9][0-9]{2,3} ?[0-9]{4}")
_HOTLINE = re.compile(r"[48]00(?:[ -]?[0-9]){7}")
_FIXED = re.compile(
    r"[(0]0?(?:10|2[0-9]|[3-9][0-9]{2})\)?[ —-]{0,2}[1-9][0-9]{2,3}[ -]?[0-9]{4}(?:(?:-| ?转 ?|"
    r" ?ext\.? ?| ?x)[0-9]{1,6})?"
)
# 01058591588 after a question for it, and a second number without its area: 010-67012402/67013036.
_BARE = re.compile(r"0(?:10|2[0-9])[2-8][0-9]{7}")
_FURTHER = re.compile(r" ?[,，/、;；或和] ?([2-8][0-9]{6,7})(?![0-9.-])")
_FURTHER_LOCAL = re.compile(r" ?[,/;] ?([2-9][0-9]{2}-[0-9]{4})(?![0-9-])")
# With a 0 before the area, as most countries write it: 07911 482 305, (02) 6255 8143, 0171 / 384 92 06.
_NATIONAL = re.compile(
    r"(?:\(0[0-9]{1,4}\)|0[0-9]{1,4})(?: ?[/-] ?| |"
    r"(?<=\)))(?:[0-9]{2,4}(?:[ .-][0-9]{2,4}){1,3}|[0-9]{6})(?![ .-]?[0-9])(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"
)
_UNITED_STATES = (
    re.compile(r"\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,6})?"),
    re.compile(
        r"(?:[4-9][0-9]{2}|[23](?:[1-9][0-9]|0[1-9]))([ ./-])[2-9][0-9]{2}[ .-][0-9]{4}(?: ?(?:x|"
        r"ext\.?) ?[0-9]{1,6})?"
    ),
)
_INTERNATIONAL = re.compile(
    r"\+(?:1[ .-]?\(?[2-9]|[2-9])(?:[ .()-]{0,3}[0-9]){7,14}(?: ?(?:x|ext\.?|转) ?[0-9]{1,6})?"
)
# A local number of seven digits, where it is said to be one.
_LOCAL = re.compile(
    r"\b(?:(?:my|his|her|their|our|phone|cell|mobile|contact|false|wrong|new|old) number|[Pp]hone|[Cc]ell|"
    r"[Tt]el|"
    r"[Cc]all(?: me)?(?: at| on)?)(?:,|:| is| was)? ([2-9][0-9]{2}-[0-9]{4})(?![0-9-])"
)
_DOUBLE_ZERO = re.compile(
    r"00[1-9][0-9]{0,2}[ -]\(?[0-9](?:[ ()-]{0,2}[0-9]){6,12}(?: ?(?:x|ext\.?|转) ?[0-9]{1,6})?"
)
_WORDS = (
    "电话|手机|打我|联系方式|致电|拨打|拨|来电|传真|座机|热线|号码|电联|联系我|打给|回拨|短信|"
    "[Pp]hone|PHONE|[Tt]el\\b|TEL|[Mm]obile|[Cc]ell|[Ff]ax|[Cc]all|[Dd]ial|[Tt]ext|[Ww]hats[Aa]pp|[Hh]otline|"
    "[Rr]each|[Rr]ing|[Vv]oicemail|SMS|[Cc]ontact"
)
_LABEL = re.compile(_WORDS)
_LABEL_STEMS = listed(
    "打我 电 机 联系 拨 传真 热线 号 打给 短信 hone HONE el EL obile ax all ial"
    "  ext hats otline each ing oicemail SMS ontact"
)
_NUMBER = r"([+(]?[0-9](?:[ .()-]{0,3}[0-9]){6,14})(?:(?: ?(?:x|ext\.?|转|分机) ?)[0-9]{1,6})?"
# Between a label and its number: 是：, `me on`, `Tom at`, but no other words of a sentence.
_LABELLED = re.compile(
    rf"(?:{_WORDS})(?:[^0-9A-Za-z+(（\n。]{{0,14}}|(?:s? (?:[a-z]{{2,6}}|"
    rf"[A-Z][a-z]{{1,11}})){{0,3}}[ :.#–-]{{1,3}}){_NUMBER}"
)
_PREFIX = re.compile(r"(?:(?:\((?:\+|00)?86\)|(?:\+|00)?86)[ -]?|(?:\(\+?1\)|\+?1)[ .-]|0)$")
_NOT_PHONE = re.compile(
    r"(?:单号|流水|编号|序列|时间戳|验证码|金额|价格|学号|工号|版本|代码)(?=[^,，。;；\s]{0,10}$)|"
    r"(?:order|serial|tracking|invoice|timestamp|version|case|ticket|part|model|item|code|port|"
    r"error|status|qq[（(]?(?:号码?)?)"
    r"[ a-z]{0,8}[:：# ]{0,3}$",
    re.I,
)
_BESIDE_LEFT, _BESIDE_RIGHT = re.compile(r"[0-9][.,]? $"), re.compile(r" ?[0-9]| \+ ?[0-9]")
_CHINA = re.compile(r"86-[0-9]{2,3}-[0-9]{3,4}[ -]?[0-9]{4}(?![0-9])")
_ANY = re.compile(r"[0-9](?:[ .()-]{0,3}[0-9]){6}")
_ROUND = re.compile(r"[0-9]{3,5}0{6,8}")
_DECIMAL = re.compile(r"[+0-9]{1,20}\.[0-9]{1,20}")
_LIMITS = frozenset({"2147483647", "2147483648", "4294967295", "4294967296"})
_ASSIGNED = re.compile(r"[A-Za-z0-9_]=$")
_PHONE_FIELD = re.compile(
    r"(?:phone|mobile|tel|cell|fax|contact|number|msisdn|sms|call|to|from|no)[a-z_]*[0-9]?$", re.I
)
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./ ]?(?:0[1-9]|1[0-2])[-./ ]?(?:[0-2][0-9]|3[01])")


def _by_form(text: str, low: int, high: int) -> Iterator[Finding]:
    """Numbers with country code, area code and extension, by their form."""
    piece = text[low:high]
    for match in _MOBILE.finditer(text, low, high):
        start, end = match.span()
        shape = tuple(len(part) for part in re.split("[ .-]", match[0]))
        begin = _with_prefix(text, start) if shape in _MOBILE_SHAPES else None
        if _ROUND.fullmatch(match[0]):
            continue
        if begin is not None and _is_free(text, begin, end) and not before(text, begin, _NOT_PHONE, 16):
            yield Finding(begin, end, "phone")
    for match in _HOTLINE.finditer(text, low, high) if "00" in piece else ():
        if _is_free(text, *match.span()) and (
            "-" in match[0] or " " in match[0][:4] or before(text, match.start(), _LABEL)
        ):
            yield Finding(*match.span(), "phone")
    for match in _FIXED.finditer(text, low, high):
        start, end = match.span()
        opened = match[0][0] == "(" and ")" not in match[0]
        start = start + 1 if opened else _with_prefix(text, start, zero=False) or start
        labelled = (
            "-" in match[0]
            or "—" in match[0]
            or ")" in match[0]
            or _SPACED.fullmatch(match[0])
            or before(text, start, _LABEL)
            or (_BARE.fullmatch(match[0]) and _LABEL.search(text, max(0, start - 60), start))
        )
        formed = text[start] in "0(+" or ")" in match[0]
        if labelled and formed and _is_free(text, start, end) and not _DATE.match(match[0]):
            yield Finding(start, end, "phone")
            while further := _FURTHER.match(text, end):
                yield Finding(*further.span(1), "phone")
                end = further.end()
    for pattern in _UNITED_STATES:
        for match in pattern.finditer(text, low, high):
            start, end = match.span()
            if match[0][3] == " " and match[0][0] != "(" and _in_columns(text, start, end):
                continue
            start = _with_prefix(text, start, zero=False) or start
            if _is_free(text, start, end) and not before(text, start, _NOT_PHONE, 16):
                yield Finding(start, end, "phone")
                if further := _FURTHER_LOCAL.match(text, end):
                    yield Finding(*further.span(1), "phone")
    for match in _NATIONAL.finditer(text, low, high):
        start, end = match.span()
        sizes = [len(group) for group in re.findall("[0-9]+", match[0])]
        # Numbers of two digits each are also a draw of a lottery, a time, a row of a table.
        small = sizes[0] == 2 and match[0][0] != "("
        formed = sizes in ([2, 2, 2, 2, 2], [4, 2, 2, 2], [3, 2, 2, 2, 2]) if small else True
        if small and min(sizes[1:]) >= 3:
            formed = True
        if (
            9 <= sum(sizes) <= 12
            and not (text[start - 1 : start] == "-" and text[start - 2 : start - 1].isalnum())
            and formed
            and _is_free(text, start, end)
            and not _in_columns(text, start, end)
            and not _DATE.match(match[0])
            and not before(text, start, _NOT_PHONE, 16)
        ):
            yield Finding(start, end, "phone")
    for match in _CHINA.finditer(text, low, high) if "86-" in piece else ():
        if _is_free(text, *match.span()):
            yield Finding(*match.span(), "phone")
    for pattern, sign in ((_INTERNATIONAL, "+"), (_DOUBLE_ZERO, "00")):
        for match in pattern.finditer(text, low, high) if sign in piece else ():
            digits = sum(map(str.isdigit, match[0]))
            if match[0].strip("+") in _LIMITS or _DECIMAL.fullmatch(match[0]):
                continue
            if (digits >= 10 or len(match[0]) > digits + 1) and _is_free(text, *match.span()):
                yield Finding(*match.span(), "phone")


def _find(text: str, low: int, high: int) -> Iterator[Finding]:
    numbers = list(_by_form(text, low, high))
    yield from numbers
    if all(
        any(item.start <= match.start() and match.end() <= item.end for item in numbers)
        for match in _ANY.finditer(text, low, high)
    ):
        return
    labels = max(0, low - 48)
    piece = text[labels:high]
    for match in _LOCAL.finditer(text, labels, high) if "-" in piece else ():
        yield Finding(*match.span(1), "phone")
    for match in _LABELLED.finditer(text, labels, high) if _has_label(piece) else ():
        start, end = match.span(1)
        if is_inside_word(text, match.start()):
            continue
        if match[1][0] == "(" and ")" not in match[1]:
            start += 1
        groups = re.findall("[0-9]+", match[1])
        if len(groups) > 5 or is_inside_word(text, start):
            continue
        grouped = "-" in match[1] or " " in match[1] or sum(map(str.isdigit, match[1])) <= 13
        dated = _DATE.match(text, start)
        if (
            grouped
            and not dated
            and _is_free(text, start, end)
            and not _NOT_PHONE.search(text[max(0, match.start() - 4) : start])
        ):
            yield Finding(start, end, "phone")


def _has_label(piece: str) -> bool:
    return any(stem in piece for stem in _LABEL_STEMS)


def _in_columns(text: str, start: int, end: int) -> bool:
    """Whether other numbers stand right beside, as in a row of figures."""
    return bool(_BESIDE_LEFT.search(text[max(0, start - 3) : start]) or _BESIDE_RIGHT.match(text, end))


_EXTENSION = re.compile(
    r"(?:分机|内线|短号)号?[：: ]{0,2}([0-9]{3,6}(?:-[0-9]{3,5})?|[0-9]-[0-9]{3,5})(?![0-9])"
)


def _spelled(text: str, start: int, _: int) -> Iterator[Finding]:
    """Mobile numbers in Chinese numerals."""
    match = _SPELLED.match(text, start)
    if match:
        yield Finding(*match.span(), "phone")


def _is_free(text: str, start: int, end: int) -> bool:
    """Whether a number stands alone, counts nothing, and is assigned to nothing but a phone's field."""
    if not alone(text, start, end) or is_quantity(text, start, end) or text[end : end + 1] in ("=", "*"):
        return False
    if not _ASSIGNED.search(text, max(0, start - 2), start):
        return True
    return _PHONE_FIELD.search(text, max(0, start - 24), start - 1) is not None


def _with_prefix(text: str, start: int, *, zero: bool = True) -> int | None:
    """Where the number begins with its country code; None where other digits run into it."""
    left = text[max(0, start - 7) : start]
    match = _PREFIX.search(left)
    if match and (zero or match[0] != "0"):
        begin = start - len(match[0])
        if not text[max(0, begin - 1) : begin].isdigit():
            return begin
    return None if left[-1:].isdigit() else start


_FIRST_SPELLED = tuple(f"{one}{second}" for one in "一幺" for second in "三四五六七八九")
DETECTORS = (
    Detector(_find, shape="long", merged=True, before=12, after=16),
    Detector(_spelled, _FIRST_SPELLED),
    labelled(_EXTENSION, "phone", ("分机", "内线", "短号")),
)
