"""Chinese names: a surname and one or two characters of given names that the sentence does not need as words.

Each candidate is weighed against the best way to read the same characters as words, by unigram
frequencies (the lattice of a Chinese word segmenter, only around candidates); what stands beside it
(`姓名：`, 先生, 原告) adds to either side. Frequencies come from jieba's dictionary (MIT), where the
names that everyone knows (毛泽东, 曹雪芹) are words and so are left alone; so are brands, drugs and
herbs of lists of our own (张小泉, 阿莫西林). Names of other peoples have parts of their own and no
surname (`names_other_zh`).
"""

import math
import re
from collections.abc import Iterator

from rewarm.corpus.personal.chinese_words import ALL_SURNAMES, COMPOUNDS, TOTAL, best_cut, is_han, shares
from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import COMMON_GIVEN, COMPOUND, GIVEN, SELDOM_GIVEN, words

_NAME = math.log(0.004)
_GIVEN_ONE, _GIVEN_TWO = math.log(0.15), math.log(0.85)
_COMMON, _RARE, _SELDOM, _ODD = math.log(0.0032), math.log(0.0009), math.log(0.0002), math.log(0.00003)
_BORNE = GIVEN | SELDOM_GIVEN
_SIDE = 3
# In nats: a reading as a name must be better by this; what stands beside it can add so much at most.
_ENOUGH, _PROVED, _MOST_BONUS = 1.0, 6.0, 12.0
_BESIDE = 4.0
# 宋庆龄故居, 韩美林艺术馆, 花家怡园, 康宁路: what is called like a person.
GRAMMAR_ENDS = frozenset("了吗呢吧的和与是在么")
_ENDS_PLACES = frozenset("店院园路街道馆站桥村镇寺庙厂岛湾省区县郡州峡邑堡语帝称型类款版")
_PLACE_AFTER = re.compile(
    "[店园路街道馆站桥村镇寺庙厂奖杯]|公园|故居|纪念|艺术|图书|酒店|支行|分行|饭店|餐厅|宾馆|大厦|广场|学院|"
    "中学|小学|大学|医院|基金|集团|公司|"
    "有限|超市|银行|股份|科技|国术|博物|祠|墓|牌|定理|定律|效应|综合征|病"
)
# 先生 and 女士 stand behind persons only; 老师 and 主任 also stand alone.
COURTESY = "先生|女士|小姐|太太"
_COURTESY = re.compile(COURTESY)
_CAPITAL_NUMERALS = frozenset("零壹贰叁肆伍陆柒捌玖拾佰仟萬億亿整元角")
_NUMERALS = frozenset("0123456789)）一二三四五六七八九十")
_COMMON_WORD = math.log(1000) - TOTAL

_RANK = {surname: rank for rank, surname in enumerate(ALL_SURNAMES)}
SURNAME = f"(?:{'|'.join(COMPOUND)}|[{ALL_SURNAMES}])"
_CANDIDATE = re.compile(f"{SURNAME}[{''.join(sorted(_BORNE))}]")
# Each place is asked, since what opens a name may end the one before: 班贺|一诺, 班|贺一诺.
_CANDIDATES = re.compile(f"(?=({_CANDIDATE.pattern}))")

TITLES = (
    "|".join(sorted((title for title in words("chinese_titles") if len(title) > 1), key=len, reverse=True))
    .replace("律师", "律师(?!事务)")
    .replace("会计", "会计(?!师?事务|核算|准则|制度|科|处|电算)")
    + "|总(?=[，。、,的说和您好：:|\\s]|$)"
)
# A look at the first character before two hundred alternatives.
_TITLE_FIRST = "".join(sorted({title[0] for title in words("chinese_titles")} | {"总"}))
TITLES = f"(?=[{_TITLE_FIRST}])(?:{TITLES})"
TITLE = re.compile(TITLES)
# 房东冼姐, 经理苏婉晴: what begins with a role is no name.
_ROLES = frozenset(word for word in words("chinese_person_labels") if len(word) == 2) - {"甲方", "乙方"}
_COMPANY = re.compile(
    "[^的在于到与和是将对给从去来有为被，。、；：（）()\\s]{0,6}(?:有限(?:责任)?公司|股份|有限合伙)"
)
LABEL = re.compile(
    f"(?:{'|'.join(words('chinese_person_labels'))})"
    r"(?:叫|是|为|名|的姓名|的名字|的)?[：:（(\"“ |　,，]{0,3}$|[\u4e00-\u9fff]{2}人[：:] ?$|"
    "[)）0-9一二三四五六七八九十]班$|[0-9]床 ?$|"
    r"(?:[姓户] {0,8}名|\b(?:[Nn]ame|guest|user|customer|contact|patient|owner|holder|buyer|seller|"
    r"receiver|recipient|sender|"
    r"payee))[\"']?[：: =|/]{0,6}[\"“]?$|<(?:\w{0,12}name|buyer|seller|customer|patient|payee|guest|"
    r"contact|owner|"
    r"user|holder|姓名|联系人|\w{2}人)>$"
)
_WEAK_LEFT = re.compile(f'(?:{"|".join(words("chinese_before_names"))}|[、，,。；：:“"（(|@\t\n ]|^)$')
_AFTER_WORDS = words("chinese_after_names")
_AFTER_FIRST = "".join(sorted({word[0] for word in _AFTER_WORDS}))
_DOES = re.compile(
    f"(?=[{_AFTER_FIRST}])(?:"
    + "|".join(sorted((word for word in _AFTER_WORDS if len(word) > 1), key=len, reverse=True))
    + ")"
)
_WEAK_RIGHT = re.compile(
    f"(?=[{_AFTER_FIRST}])(?:{'|'.join(_AFTER_WORDS)})" + r"|[、，,。：:（(；！？|\t\n ]|$"
)
_JOINED = re.compile("[、,，/和与及]|以及")
# An item of a list of names, between its marks.
_ITEM = re.compile(
    f"、({SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[、，。；\n]|等|三位|两位|"
    f"[0-9一二三四五六七八九十]{{1,3}}[人位名]|$)"
)
# Words that stand in lists of people, or before a number or an age, and are nobody.
NO_PERSONS = frozenset(words("chinese_no_persons"))
_LINE_START = re.compile(r"(?:^|\n)[^\n\u4e00-\u9fff]{0,24}$")


def find(text: str) -> Iterator[Finding]:
    """Full names, sure where a label or title proves them."""
    reached = 0
    for match in _CANDIDATES.finditer(text):
        if match.start() < reached or _is_plain(text, match):
            continue
        if found := _weigh(text, match.start()):
            reached = found.end
            yield found


def _is_plain(text: str, match: re.Match[str]) -> bool:
    """A common word that no third character could turn into a name: nine of ten candidates end here."""
    third = text[match.end(1) : match.end(1) + 1]
    return third not in _BORNE and shares().get(match[1], -99.0) > _COMMON_WORD


def _weigh(text: str, start: int, bonus: float = 0.0) -> Finding | None:
    """The reading of the candidate at `start` that beats its reading as words; None where words win."""
    surname = 2 if text[start : start + 2] in COMPOUNDS else 1
    if text[start + 1 : start + 2] in _CAPITAL_NUMERALS or (
        text[start] in _CAPITAL_NUMERALS
        and _CAPITAL_NUMERALS.intersection(text[max(0, start - 1) : start] + text[start + 1 : start + 3])
    ):
        return None
    if text[start] == "班" and text[start - 1 : start] in _NUMERALS:
        return None
    if TITLE.match(text, start + surname) or text[start : start + 2] in _ROLES:
        return None
    left = start
    while left > 0 and start - left < _SIDE and is_han(text, left - 1):
        left -= 1
    right = start
    while right < len(text) and right - start < surname + 2 + _SIDE and is_han(text, right):
        right += 1
    window, at = text[left:right], start - left
    head, tail = best_cut(window)
    sizes = [size for size in (surname + 2, surname + 1) if start + size <= right]
    family = text[start : start + surname]
    scores = {
        size: head[at] + _name(family, text[start + surname : start + size]) + tail[at + size] - tail[0]
        for size in sizes
    }
    if max(scores.values(), default=-math.inf) < _ENOUGH - _MOST_BONUS:
        return None
    labelled = LABEL.search(text[max(0, start - 16) : start])
    bonus += 5.5 if labelled else 1.0 if _WEAK_LEFT.search(text[max(0, start - 3) : start]) else 0.0
    found, most = None, _ENOUGH
    for size, score in scores.items():
        end = start + size
        if text[end - 1] in GRAMMAR_ENDS:
            continue
        if not labelled and (text[end - 1] in _ENDS_PLACES or _PLACE_AFTER.match(text, end)):
            continue
        if is_han(text, end) and _COMPANY.match(text, end):
            continue
        titled = TITLE.match(text, end)
        score += bonus + ((5.5 if _COURTESY.match(text, end) else 4.0) if titled else _right(text, end))
        if not is_han(text, start - 1) and not is_han(text, end):
            score += 1.5
            if text[end : end + 1] in ("：", ":") and _LINE_START.search(text[max(0, start - 28) : start]):
                score += 2.0
        if size == surname + 1 and labelled is None and not titled:
            score -= 1.5
        if score > most:
            proved = bool(labelled or titled or (size > surname + 1 and score > _PROVED))
            found, most = Finding(start, end, "name", sure=proved), score
    return found


def _right(text: str, end: int) -> float:
    """What follows speaks for a name: a verb that only persons do, a mark, a word of grammar."""
    return 2.5 if _DOES.match(text, end) else 1.2 if _WEAK_RIGHT.match(text, end) else 0.0


def _name(surname: str, given: str) -> float:
    share = math.log(0.0004) if len(surname) == 2 else math.log(0.075 / (1 + _RANK[surname] / 4))
    size = _GIVEN_ONE if len(given) == 1 else _GIVEN_TWO
    doubled = 3.0 if len(given) == 2 and given[0] == given[1] else 0.0
    return _NAME + share + size + doubled + sum(map(_letter, given))


def _letter(letter: str) -> float:
    if letter in COMMON_GIVEN:
        return _COMMON
    return _RARE if letter in GIVEN else _SELDOM if letter in SELDOM_GIVEN else _ODD


def beside(text: str, found: list[Finding]) -> Iterator[Finding]:
    """Names in lists with names that were found, on both sides: 毕然、次仁央金、段誉铭."""
    taken = [
        (item.start, item.end) for item in found if item.type == "name" and not text[item.start].isascii()
    ]
    ends = {end for _, end in taken}
    covered = bytearray(len(text))
    for item in found:
        covered[item.start : item.end] = b"\1" * (item.end - item.start)
    while taken:
        start, end = taken.pop()
        new: list[Finding | None] = []
        joined = _JOINED.match(text, end)
        if joined and _CANDIDATE.match(text, joined.end()):
            new.append(_listed(text, start, end, ends) or _weigh(text, joined.end(), _BESIDE))
        if start and _JOINED.fullmatch(text[start - 1]):
            for size in (3, 2):
                low = start - 1 - size
                if low >= 0 and not is_han(text, low - 1) and _CANDIDATE.match(text, low):
                    before = _weigh(text, low, _BESIDE)
                    new.append(before if before and before.end == start - 1 else None)
        for item in filter(None, new):
            if not any(covered[item.start : item.end]):
                covered[item.start : item.end] = b"\1" * (item.end - item.start)
                taken.append((item.start, item.end))
                ends.add(item.end)
                yield item


def _listed(text: str, start: int, end: int, ends: set[int]) -> Finding | None:
    """What follows two names in a list, a surname opens and the next mark ends: 逯佳怡、桂一鸣、成功等4人."""
    second = start > 1 and text[start - 1] == "、" and start - 1 in ends
    match = _ITEM.match(text, end) if second else None
    if match is None or match[1] in NO_PERSONS or match[1][-1] in GRAMMAR_ENDS:
        return None
    return Finding(*match.span(1), "name", sure=False)
