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
    is_word,
    is_word_end,
    shares,
)
from rewarm.corpus.personal.finding import HAN, Finding
from rewarm.corpus.personal.name_lists import COMMON_GIVEN, GIVEN, SURNAMES, packed, words
from rewarm.corpus.personal.names_zh import COURTESY, GRAMMAR_ENDS, LABEL, NO_PERSONS, SURNAME, TITLE, TITLES

# 于老师而言, 应老师要求
_NOT_SAID_OF = re.compile("而言|来说|来讲|要求|安排|邀请")
# Words of grammar in front of somebody who has a title and no name there.
_BEFORE_TITLES = frozenset("班向经由请找问让被和与同对从将叫把给跟")
# Surnames that are hardly anything else.
_ONLY = "".join(words("chinese_only_surnames"))
# Titles are rarer than surnames, so they are looked for, and then what stands before them.
_TITLED = re.compile(f"(?={TITLES})")
_KIN = re.compile("[姐哥叔姨嫂婶总]")
_KIN_ENDS = re.compile("[，。、,!?！？：: 你您好欠说来去在把给让又也]|$")
_CALLED = re.compile(f'姓[“"「 ]?({SURNAME})(?=[”"」，。、,的） ]|$)')
# Surnames that in front of a title are mostly another word: 向老师, 任教授, 对方律师.
_NOT_TITLED = frozenset(
    "边母阳沙冷闻门羊蒙步么向于任常连关和同单万都应从成若有能全查申明党生商经计强干班权占房水花毕平师祖练"
    "元化游新法丛传农工老小大女男各该此其某本"
)
_CELL = re.compile(
    f'(?:[：: 　（(|/"“]|我叫|名叫|叫做)({SURNAME}[{HAN}]{{1,2}})(?=[，。；,;、\\s|）)(/"”]|$)'
)
_BEHIND = re.compile(
    f"(?:我叫|名叫|叫做|[姓户] {{0,8}}名[：: |]{{0,6}}|(?:{'|'.join(words('chinese_person_labels'))})"
    r"[)）]?(?:是|为)?[：: 　（(|]{1,6}|"
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
    rf"([{ALL_SURNAMES}] [{HAN}](?: [{HAN}])?)(?= {{2,}}| ?\n| ?$| ?[，。|])|"
    rf"(?<![{HAN}] )([{ALL_SURNAMES}] [{HAN}])(?=同志|先生|女士)"
)
# 老邱，你来一下; 让小佟把单子补上: surnames that are nothing else, in front of no word that begins with them.
_FAMILIAR = re.compile(f"[老小]([{_ONLY}])(?![{HAN}]?[醋酒街路村镇庄巷]|[旧皮汤钱])")
# What is said of persons alone, and proves what a word would not: 白露（28岁, 管家白雪 0512-67093384.
_DESCRIBED = re.compile(
    r"['\"]?[，,、（(：: \t]{1,3}['\"]?(?:男(?![友方士款装鞋式生性女])|女(?![儿友方士婿款装鞋式生性])|"
    r"[0-9]{1,2} ?岁|"
    r"身份证|(?:联系)?(?:电话|手机)号?码?[：: 是为]{0,3}[0-9+]|"
    r"\+?(?:86)?1[3-9][0-9](?:[ -]?[0-9]){8}(?![0-9])|0[0-9]{2,3}-[0-9]{7}|[0-9]{17}[0-9Xx])|"
    r"的?(?:身份证|手机号|电话号码|银行卡)号?码?[：: 是为]{0,2}[0-9]{6}"
)
_WHOLE = re.compile(f"{SURNAME}[{HAN}]{{1,2}}")
# 审 判 长   周 慕 云: offices and names as judgments set them below each other.
_OFFICE = re.compile(
    r"(?:(?:代 ?理 ?)?审 {0,4}判 {0,4}[长员]|书 {0,4}记 {0,4}员|(?:人 {0,2}民 {0,2})?陪 {0,4}审 {0,4}员|"
    rf"法 {{0,2}}官 {{0,2}}助 {{0,2}}理)[ ：:]{{1,8}}([{HAN}](?: ?[{HAN}]){{1,3}})(?= *(?:\n|$))"
)
# 我和志强已经到了, 大鹏的婚礼: a given name alone, where only a person can stand.
_GIVEN_ALONE = re.compile(
    f"(?:我[和跟]|[你他她][和跟]|让|叫|帮|问问|找|(?<![{HAN}]))([{''.join(sorted(COMMON_GIVEN))}]{{2}})"
    "(?=已经|说|去|来了|一起|都|也[来去在]|的(?:婚礼|生日|电话|微信|妈妈|爸爸|孩子|老婆|老公|媳妇)|你|"
    "跟我|和我|给我)"
)
# 同意。——路遥遥 2024.4.9
_SIGNING = re.compile(
    f"(?<=[。！？.!?])(?:——|--|—)({SURNAME}[{HAN}]{{1,2}})(?= ?(?:20[0-9]{{2}}|[0-9]{{1,2}}月|\\n|$))"
)
# 我家晗晗, 孩子晗晗: a doubled character that is no word.
_DOUBLED = re.compile(
    f"(?:孩子|宝宝|女儿|儿子|孙女|孙子|外孙|闺女|我家|我们家|宝贝|小朋友)([{''.join(sorted(GIVEN))}])\\1"
    "(?=[的在说要上已也没有被，。、！!])"
)
_NICKNAMED = re.compile(
    f"(?:^|\\n)(?:[\\[(]?[0-9:： /-]{{4,20}}[\\])]? ?)?"
    f"([小阿老][{ALL_SURNAMES}{''.join(sorted(COMMON_GIVEN))}])(?=[：:]| [0-9]{{1,2}}:[0-9]{{2}})|"
    f"[\\[【]([小阿老][{ALL_SURNAMES}])(?= [0-9])"
)


def find(text: str) -> Iterator[Finding]:
    """Surnames before a title, and what a form or a list says to be a person."""
    for match in _CALLED.finditer(text) if "姓" in text else ():
        yield Finding(*match.span(1), "name", sure=False)
    for start, end in _before_titles(text):
        surname = text[start:end]
        if (
            surname in _BEFORE_TITLES
            or is_word_end(text, start)
            or (
                surname in _NOT_TITLED
                and is_han(text, start - 1)
                and not LABEL.search(text[max(0, start - 16) : start])
            )
            or (surname in "于应" and not is_han(text, start - 1) and _NOT_SAID_OF.search(text, end, end + 8))
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
        yield Finding(*match.span(1 if match[1] else 2), "name")
    for match in _NICKNAMED.finditer(text) if "小" in text or "阿" in text or "老" in text else ():
        yield Finding(*match.span(1 if match[1] else 2), "name", sure=False)
    for match in _FAMILIAR.finditer(text) if "小" in text or "老" in text else ():
        start = match.start(1)
        if not (is_word(text[start : start + 2]) or is_word(text[start - 1 : start + 1])):
            yield Finding(start, start + 1, "name", sure=False)
    for match in _DESCRIBED.finditer(text):
        end = match.start()
        for start in (end - 4, end - 3, end - 2):
            if start >= 0 and _WHOLE.fullmatch(text, start, end) and _is_described(text, start, end):
                yield Finding(start, end, "name")
                break
    for match in _OFFICE.finditer(text) if "审" in text or "记" in text else ():
        yield Finding(*match.span(1), "name")
    for match in _GIVEN_ALONE.finditer(text):
        if not is_word(match[1]):
            yield Finding(*match.span(1), "name", sure=False)
    for match in _SIGNING.finditer(text) if "—" in text or "--" in text else ():
        if match[1] not in shares():
            yield Finding(*match.span(1), "name", sure=False)
    for match in _DOUBLED.finditer(text):
        if not is_word(match[0][-2:]):
            yield Finding(match.start(1), match.end(), "name", sure=False)
    for match in _GREETED.finditer(text):
        yield Finding(*match.span(1), "name", sure=False)
    yield from _labelled(text)


def _before_titles(text: str) -> Iterator[tuple[int, int]]:
    """Places of surnames that a title or a word for kin follows."""
    for match in _TITLED.finditer(text):
        end = match.start()
        start = end - 2 if text[max(0, end - 2) : end] in COMPOUNDS else end - 1
        if start >= 0 and (end - start == 2 or text[start] in ALL_SURNAMES):
            yield start, end
    for match in _KIN.finditer(text):
        start = match.start() - 1
        if start >= 0 and text[start] in (
            ALL_SURNAMES if match[0] != "总" and _KIN_ENDS.match(text, match.end()) else _ONLY
        ):
            yield start, start + 1


def _is_described(text: str, start: int, end: int) -> bool:
    """Whether what an age or a number follows is a person: behind a label, or apart and no common word."""
    value = text[start:end]
    if value[-1] in GRAMMAR_ENDS or TITLE.match(text, start + 1) or value in NO_PERSONS:
        return False
    if LABEL.search(text[max(0, start - 16) : start]):
        return True
    return not is_han(text, start - 1) and shares().get(value, -99.0) < math.log(1500) - TOTAL


def _labelled(text: str) -> Iterator[Finding]:
    for match in _CELL.finditer(text):
        start, end = match.span(1)
        if not _BEHIND.search(text, max(0, start - 20), start):
            continue
        size = 2 if match[1][:2] in COMPOUNDS else 1
        if TITLE.match(text, start + size):
            end = start + size
        if text[start - 2 : start].strip() in ("|", "/") and (
            text[start:end] in shares() or text[start:end] in NO_PERSONS
        ):
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
