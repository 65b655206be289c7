"""Names in Latin letters by form: last name first, in capitals with a title behind, in small letters.

`Nakagawa, Emi` in a cell or behind a label, `KOWALCZYK/PIOTR MR` on a ticket, `[10:02] arjun:` in a
chat, `- keturah` below a message, `旅客 GONG LEI` and `Henderson先生` in Chinese text. Words must be ones
that names are made of (`name_words`).
"""

import re
from collections.abc import Iterator
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation

from rewarm.pii.finding import Finding, has_han
from rewarm.pii.name_lists import SURNAMES, words
from rewarm.pii.name_words import is_phrase, kind
from rewarm.pii.names_latin import LETTER, PARTICLES, UPPER
from rewarm.pii.syllables import is_syllables

_PARTICLES = frozenset(PARTICLES.split("|"))
_COMPANY = frozenset(words("company_words"))
_TITLES = frozenset(f"{title}{dot}" for title in words("english_titles") for dot in ("", "."))
# MUKHERJEE/ANIRBAN MR; passenger NGUYEN/THI HOA
_TICKET = re.compile(
    r"(?<![A-Za-z0-9_])([A-Z][A-Z'-]{1,24}(?: [A-Z]{2,24})?/[A-Z][A-Z ]{1,24}?)"
    r"(?= ?(?:MR|MRS|MS|MISS|MSTR|DR|CHD|INF|pax)\b)|"
    r"(?:(?<=assenger )|(?<=assenger: )|(?<=pax )|(?<=旅客)|(?<=乘客)|(?<=姓名)|(?<=姓名[：:]))"
    r"([A-Z][A-Z'-]{1,24}/[A-Z]{2,24})(?![A-Za-z])"
)
# In a cell, behind a label or in quotes; a name in capitals anywhere.
_LAST_FIRST = re.compile(
    rf"(?:^|[|\t:\"] ?)([{UPPER}][{LETTER}'’-]{{1,20}}(?: [{UPPER}][{LETTER}'’-]{{1,20}})?, "
    rf"(?:[{UPPER}][{LETTER}'’-]{{1,16}}|[A-Z]\.)(?: [A-Z]\.?(?![A-Za-z]))?)(?= ?(?:[|\t\".]|$| {{2}}))",
    re.M,
)
_CAPITALS = re.compile(
    r"(?<!, )\b([A-Z][A-Z'-]{2,20}, [A-Z][A-Za-z]{2,14}(?:[ -][A-Z]?[a-z]{1,6})?(?: [A-Z]\.?(?![a-z]))?)"
    r"(?![A-Za-z0-9_ )]|, [A-Z]{2})"
)
_NICKNAME = re.compile(
    rf"([{UPPER}][{LETTER}-]{{2,16}}) [\"“(][{UPPER}][a-z]{{1,12}}[\"”)] ([{UPPER}][{LETTER}'’-]{{2,20}})"
)
_SPEAKER = re.compile(
    r"^[\[(<]?(?:[0-9]{1,4}[:.\-/T ,]){1,6}[0-9]{0,4}(?: ?[AaPp][Mm])?[\])>]? ?[-–]? ?<?@?"
    r"([A-Za-z][a-z]{2,11})>?: ",
    re.M,
)
_SMALL_CUES = (
    "it's ", "its ", "this is ", "i'm ", "i am ", "name is ", "name's ", "call me ", "ask for ", "hi ",
    "hey ", "hello ", "dear ", "thanks ", "thx ", "cheers ", " - ", "\n- ", " – ", "~",
)  # fmt: skip
_SMALL = re.compile(
    r"(?:\b(?:(?:hey|hi|hello|yo),? (?:it['’]?s|this is)|it['’]?s|this is|i['’]?m|i am|my name is|name['’]?s|"
    r"call me|ask for|hi|hey|hello|dear|thanks|thx|cheers)[, ]|(?:^|[.!?,a-z] )[-–—~] ?)"
    r"([a-z]{3,12})(?: ([a-z]\. )?([a-z]{3,14}))?(?![a-z0-9_@:/.-]*[@:/_0-9])\b",
    re.M,
)
_TITLE_CUES = (" mr ", " ms ", " mrs ", " miss ", " dr ", " mr. ", " ms. ", " mrs. ", " dr. ")
_TITLED_SMALL = re.compile(r"\b(?:mr|mrs|ms|miss|dr)\.? ([a-z]{3,15})\b")
# 旅客 GONG LEI, MR GONG LEI: beside Chinese or a title.
_PINYIN = re.compile(
    r"(?:[：:，,；;、①-⑳]|[0-9]\. |[\u4e00-\u9fff](?:[：:/ （(]|[Nn]ame[：: ]){0,3}|"
    r"(?:MR|MS|MRS|MISS)[ ./]{1,3})"
    r"((?!MR |MS |MRS |MISS )[A-Z]{2,7},? [A-Z][A-Za-z]{1,6}(?:[ -]?[A-Z]?[A-Za-z]{1,6})?)(?![A-Za-z0-9])"
)
_BEFORE_TITLE = re.compile(
    rf"([{UPPER}][a-zà-ž]{{1,14}}(?: [{UPPER}][a-zà-ž]{{1,14}}){{0,2}}) ?"
    "(?=先生|女士|小姐|太太|老师|医生|教授|经理)"
)
_LABELLED = re.compile(
    rf"(?:姓名|名字|患者|客户|联系人|乘客|旅客|收款人|收件人|收货人|签字|候选人|翻译叫|"
    rf"跟|由|请|和|给|找)(?:名称)?[：: ]{{0,2}}"
    rf"([{UPPER}][a-zà-ž'’-]{{2,14}}(?: [{UPPER}][a-zà-ž'’-]{{1,14}}){{0,3}})"
)
# Vivian 柯: a given name of English before a Chinese surname.
_MIXED = re.compile(rf"([{UPPER}][a-z]{{2,12}} [{SURNAMES}])(?![\u4e00-\u9fff])")


# What each form holds at least; the patterns read only the stretches around it.
_SLASH = re.compile("/(?=[A-Z])")
_COMMA = re.compile(rf"[{UPPER}][{LETTER}'’-]{{1,20}}, [{UPPER}]")
_QUOTED = re.compile(rf"[\"“(][{UPPER}][a-z]{{1,12}}[\"”)] [{UPPER}]")
_STAMPED = re.compile(r"\n[\[(<]?[0-9]")
_SMALL_WORD = re.compile("[a-z]{3,12}")
_TITLE_BEHIND = re.compile("(?:先生|女士|小姐|太太|老师|医生|教授|经理)(?<=[a-zà-ž ]..)")
_SURNAME_BEHIND = re.compile(f" [{SURNAMES}](?<=[a-z]..)")
_TWO_CAPITALS = re.compile("[A-Z]{2},? (?=[A-Z])")


@cache
def _cues() -> AhoCorasick:
    return AhoCorasick([*_SMALL_CUES, *_TITLE_CUES], implementation=Implementation.DFA)


def find(text: str) -> Iterator[Finding]:
    """Names by their form."""
    for match in _around(text, _SLASH, _TICKET, 56, 48):
        found = (match[1] or match[2]).rstrip()
        start = match.start(1) if match[1] else match.start(2)
        yield Finding(start, start + len(found), "name")
    yield from _last_first(text)
    for match in _around(text, _QUOTED, _NICKNAME, 20, 24):
        if kind(match[1]).given == 2 and not kind(match[2]).word and not kind(match[2]).thing:
            yield Finding(*match.span(), "name")
    yield from _small(text)
    if has_han(text):
        yield from _beside_chinese(text)


def _around(
    text: str, least: re.Pattern[str], whole: re.Pattern[str], before: int, after: int
) -> Iterator[re.Match[str]]:
    """What a pattern finds around the places of a cheaper one."""
    low, high = -1, -1
    for match in least.finditer(text):
        if match.start() - before > high:
            if high >= 0:
                yield from whole.finditer(text, low, high)
            low = max(0, match.start() - before)
        high = match.end() + after
    if high >= 0:
        yield from whole.finditer(text, low, high)


def _last_first(text: str) -> Iterator[Finding]:
    for pattern in (_LAST_FIRST, _CAPITALS):
        for match in _around(text, _COMMA, pattern, 30, 40):
            family, given = match[1].split(", ")
            first, last = kind(given.split()[0]), kind(family)
            chinese = last.pinyin and all(map(is_syllables, re.split("[ -]", given)))
            if chinese or (
                (first.given == 2 or given[1:2] == ".")
                and not any(kind(word).word for word in family.split())
                and not (last.place and not last.family)
                and is_person([*given.split(), *family.split()], 1)
            ):  # fmt: skip
                yield Finding(*match.span(1), "name")


def _small(text: str) -> Iterator[Finding]:
    """Chats write names in small letters; only given names that are nothing else count."""
    if ": " in text and (_STAMPED.search(text) or _STAMPED.match("\n" + text[:2])):
        for match in _SPEAKER.finditer(text):
            if kind(match[1].capitalize()).given == 2:
                yield Finding(*match.span(1), "name")
    for cue, start, end in _cues().find_matches_as_indexes(text, overlapping=True):
        word = _SMALL_WORD.match(text, end)
        if word is None or not ((known := kind(word[0])).given == 2 or known.family == 2):
            continue
        if cue >= len(_SMALL_CUES):
            titled = _TITLED_SMALL.match(text, start + 1)
            if titled and titled.start(1) == end:
                yield Finding(*titled.span(1), "name")
            continue
        for match in _SMALL.finditer(text, max(0, start - 14), end + 44):
            if match.start(1) != end or known.given != 2:
                continue
            whole = match.end(1)
            if match[3] and (match[2] or kind(match[3]).family == 2) and not kind(match[3]).word:
                whole = match.end(3)
            yield Finding(end, whole, "name", sure=False)


def _beside_chinese(text: str) -> Iterator[Finding]:
    for match in _around(text, _SURNAME_BEHIND, _MIXED, 16, 2):
        if kind(match[1].split()[0]).given == 2:
            yield Finding(*match.span(1), "name")
    for match in _around(text, _TITLE_BEHIND, _BEFORE_TITLE, 52, 2):
        yield Finding(*match.span(1), "name")
    for match in _LABELLED.finditer(text):
        names = match[1].split()
        if is_person(names, asks=1 if match.start(1) - match.start() < 2 else 0, lone=True):
            yield Finding(*match.span(1), "name")
    for match in _around(text, _TWO_CAPITALS, _PINYIN, 20, 32):
        names = match[1].replace(",", "").replace("-", " ").split()
        if (
            kind(names[0]).pinyin
            and all(map(is_syllables, names[1:]))
            and not all(kind(name).word for name in names)
        ):
            yield Finding(*match.span(1), "name")


def is_person(names: list[str], asks: int, lone: bool = False) -> bool:
    """Whether words are a person's name.

    asks: 0 no word may speak against it, 1 one must be a name on a list, 2 a given and another name or a
    surname of pinyin; lone: one word may do.
    """
    names = [name for name in names if name not in _PARTICLES]
    if all(name in _TITLES for name in names):
        return False
    if not names or len(names) > 5 or (len(names) == 1 and not lone):
        return False
    full = [name for name in names if len(name.rstrip(".")) > 1]
    if not full or not all(name[0].isupper() and not name.endswith(("'s", "’s")) for name in full):
        return False
    if _COMPANY.intersection(names) or is_phrase(names, "places") == len(names):
        return False
    kinds = [kind(name.rstrip(".")) for name in full]
    if any(known.thing and not known.family and not known.given for known in kinds):
        return False
    plain = any(known.word and not known.given and not known.family and not known.pinyin for known in kinds)
    if plain or all(known.word or known.place for known in kinds):
        return False
    chinese = any(known.pinyin for known in kinds) and all(
        known.pinyin or is_syllables(name) for known, name in zip(kinds, full, strict=True)
    )
    if len(full) == 1:
        known = kinds[0]
        return known.given == 2 or known.family == 2 or (asks == 0 and known.unknown)
    listed = sum(bool(known.given or known.family) for known in kinds)
    if asks == 2:
        return chinese or (
            any(known.given for known in kinds) and (listed > 1 or any(known.unknown for known in kinds))
        )
    return chinese or asks == 0 or listed > 0
