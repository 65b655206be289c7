"""Chinese names by what stands beside them: a title, a label, a list of those present, a greeting.

These need no weighing against words: 王女士, 姓名：幺铁柱, 参会人员：高远、温暖.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from rewarm.corpus.personal.chinese_words import (
    ALL_SURNAMES,
    COMPOUNDS,
    TOTAL,
    is_han,
    is_word_end,
    shares,
)
from rewarm.corpus.personal.finding import HAN, Finding
from rewarm.corpus.personal.name_lists import COMMON_GIVEN, GIVEN, SURNAMES, packed, words
from rewarm.corpus.personal.names_zh import COURTESY, GRAMMAR_ENDS, LABEL, SURNAME, TITLE, TITLES

# Words of grammar in front of somebody who has a title and no name there.
_BEFORE_TITLES = frozenset("班向经由请找问让被和与同对从将叫把给跟")
_TITLED = re.compile(
    f"({SURNAME})(?={TITLES}|[姐哥叔姨嫂婶](?=[，。、,!！?？：: ]|你|您|好|欠|说|来|去|在|把|给|让|又|也|$))"
)
_CALLED = re.compile(f'姓[“"「 ]?({SURNAME})(?=[”"」，。、,的） ]|$)')
# Surnames that in front of a title are mostly another word: 向老师, 任教授, 对方律师.
_NOT_TITLED = frozenset(
    "向于任常连关和同单万都应从成若有能全查申明党生商经计强干班权占房水花毕平师祖练元化游新法丛传农工老小大女男各该此其某本"
)
_CELL = re.compile(
    f'(?:[：: 　（(|/"“]|我叫|名叫|叫做)({SURNAME}[{HAN}]{{1,2}})(?=[，。；,;、\\s|）)(/"”]|$)'
)
_BEHIND = re.compile(
    f"(?:我叫|名叫|叫做|[姓户] {{0,8}}名[：: |]{{0,6}}|(?:{'|'.join(words('chinese_person_labels'))})"
    r"(?:是|为)?[：: 　（(|]{1,6}|"
    r'(?:[Nn]ame|guest|customer|contact|patient|owner|user|holder|payee)["\']?[：:=/ ]{1,3}["“]?)$'
)
# Any surname at all before 先生: nothing else stands there.
_COURTEOUS = re.compile(f"([{ALL_SURNAMES}{''.join(words('chinese_surnames_any'))}])(?={COURTESY})")
# 参会人员：高远、黄河清、温暖
_PRESENT = re.compile(
    "(?:参会|出席|与会|列席|参加|到会|小组|项目组|应到|实到|缺席)(?:人员|成员|名单|代表|人)?[：:] ?"
    f"([{HAN}]{{2,4}}(?:[、，,][{HAN}]{{2,4}}){{1,20}})(?![{HAN}])"
)
# A row of a table that blanks cut: 石秀妹    6217…
_ROW = re.compile(f"(?:^|\n)({SURNAME}[{HAN}]{{1,2}}) {{2,}}(?=[0-9])")
_MARRIED = re.compile(f"([{SURNAMES[:200]}]{{2}}[{''.join(sorted(COMMON_GIVEN))}]{{1,2}})(?=女士|太太|夫人)")
_GREETED = re.compile(
    f"(?:\\b(?:[Hh]i|[Hh]ello|[Dd]ear) ?|亲爱的|@)([{''.join(sorted(GIVEN))}]{{2}})(?=[，,！! :：]|$)"
)
# 姓 名： 余 淑 芬, as a scan has it.
_SPACED = re.compile(
    "(?:[姓户] {0,8}名[：:|]|[患学]者?[：:|]|人[：:|]|审判[长员]|书记员|陪审员|代理人) {0,6}"
    rf"([{ALL_SURNAMES}] [{HAN}](?: [{HAN}])?)(?= {{2,}}| ?\n| ?$| ?[，。|])"
)
# 老邱，你来一下; 让小佟把单子补上: surnames that are nothing else.
_FAMILIAR = re.compile(
    f"(?:^|[。！？\n“])老([{''.join(words('chinese_only_surnames'))}])(?=[，,])|"
    f"[让叫找问跟和请给帮]小([{''.join(words('chinese_only_surnames'))}])(?=[把来去帮说看拿，。！？])"
)
_NICKNAMED = re.compile(
    f"(?:^|\\n)(?:[\\[(]?[0-9:： /-]{{4,20}}[\\])]? ?)?"
    f"([小阿老][{ALL_SURNAMES}{''.join(sorted(COMMON_GIVEN))}])(?=[：:])|"
    f"[\\[【]([小阿老][{ALL_SURNAMES}])(?= [0-9])"
)


def find(text: str) -> Iterator[Finding]:
    """Surnames before a title, and what a form or a list says to be a person."""
    for match in _CALLED.finditer(text) if "姓" in text else ():
        yield Finding(*match.span(1), "name", sure=False)
    for match in _TITLED.finditer(text):
        start, end = match.span()
        if (
            match[1] in _BEFORE_TITLES
            or is_word_end(text, start)
            or (
                match[1] in _NOT_TITLED
                and is_han(text, start - 1)
                and not LABEL.search(text[max(0, start - 16) : start])
            )
            or any(text[start : start + size] in _fixed() for size in (3, 4))
        ):
            continue
        yield Finding(start, end, "name", sure=False)
    for match in _COURTEOUS.finditer(text):
        if not is_word_end(text, match.start()) and match[1] not in _BEFORE_TITLES:
            yield Finding(*match.span(1), "name", sure=False)
    for match in _PRESENT.finditer(text):
        at = match.start(1)
        for part in re.split("[、，,]", match[1]):
            if part[0] in ALL_SURNAMES or part[:2] in COMPOUNDS:
                yield Finding(at, at + len(part), "name")
            at += len(part) + 1
    for match in _ROW.finditer(text):
        yield Finding(*match.span(1), "name")
    for match in _MARRIED.finditer(text):
        yield Finding(*match.span(1), "name")
    for match in _SPACED.finditer(text) if " " in text else ():
        yield Finding(*match.span(1), "name")
    for match in _NICKNAMED.finditer(text) if "小" in text or "阿" in text or "老" in text else ():
        yield Finding(*match.span(1 if match[1] else 2), "name", sure=False)
    for match in _FAMILIAR.finditer(text) if "小" in text or "老" in text else ():
        yield Finding(*match.span(1 if match[1] else 2), "name", sure=False)
    for match in _GREETED.finditer(text):
        yield Finding(*match.span(1), "name", sure=False)
    yield from _labelled(text)


def _labelled(text: str) -> Iterator[Finding]:
    for match in _CELL.finditer(text):
        start, end = match.span(1)
        if not _BEHIND.search(text, max(0, start - 20), start):
            continue
        size = 2 if match[1][:2] in COMPOUNDS else 1
        if TITLE.match(text, start + size):
            end = start + size
        if text[start - 2 : start].strip() in ("|", "/") and text[start:end] in shares():
            continue
        if text[end - 1] in GRAMMAR_ENDS:
            continue
        if shares().get(text[start:end], -99.0) < math.log(800) - TOTAL:
            yield Finding(start, end, "name")


@lru_cache(maxsize=1)
def _fixed() -> frozenset[str]:
    """Words that begin like a surname and a title: 康师傅, 班主任, 总经理."""
    known = {word for word, share in shares().items() if len(word) in (3, 4) and TITLE.match(word, 1)}
    return frozenset(known | set(packed("chinese_no_names")))
