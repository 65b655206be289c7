"""Chinese names: a surname and one or two characters of given names that the sentence does not need as words.

Each candidate is weighed against the best way to read the same characters as words, by unigram
frequencies (the lattice of a Chinese word segmenter, only around candidates); what stands beside it
(`姓名：`, 先生, 原告) adds to either side. Frequencies come from jieba's dictionary (MIT), where the
names that everyone knows (毛泽东, 曹雪芹) are words and so are left alone.
"""

import gzip
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import COMMON_GIVEN, COMPOUND, GIVEN, SURNAMES, words
from rewarm.corpus.personal.places import CITIES, PROVINCES

_HAN = "\u4e00-\u9fff"
_TOTAL = math.log(60_101_967)
_UNKNOWN = math.log(3) - _TOTAL
_NAME = math.log(0.004)
_GIVEN_ONE, _GIVEN_TWO = math.log(0.15), math.log(0.85)
_COMMON, _RARE, _ODD = math.log(0.0032), math.log(0.0009), math.log(0.00003)
_SIDE = 3
# In nats: a reading as a name must be better by this; what stands beside it can add so much at most.
_ENOUGH, _PROVED, _MOST_BONUS = 2.0, 6.0, 10.0
_COMMON_WORD = math.log(1000) - _TOTAL
_ANY = re.compile("[\u4e00-\u9fff]")
# Characters that hardly stand alone but as a surname: their own frequency is that of names.
_ONLY_SURNAMES = "".join(words("chinese_only_surnames"))
_BORNE = 2.5

_RANK = {surname: rank for rank, surname in enumerate(SURNAMES)}
_COMPOUNDS = frozenset(COMPOUND)
_CANDIDATE = re.compile(f"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])[{''.join(sorted(GIVEN))}]")

_TITLES = "|".join(words("chinese_titles")) + "|总(?=[，。、,的说和您好：:]|$)"
_TITLE = re.compile(_TITLES)
_TITLED = re.compile(f"({'|'.join(COMPOUND)}|[{SURNAMES}])(?={_TITLES})")
# Surnames that in front of a title are mostly another word: 向老师, 任教授, 对方律师.
_NOT_TITLED = frozenset("向于任常连时关和同单万都应向从成若有能全查申明")
_LABEL = re.compile(
    f"(?:{'|'.join(words('chinese_person_labels'))})"
    r"(?:叫|是|为|名|的姓名|的名字|的)?[：:（(\"“ |　,，]{0,3}$"
)
_WEAK_LEFT = re.compile(f'(?:{"|".join(words("chinese_before_names"))}|[、，,。；：:“"（(|@\t\n ]|^)$')
_WEAK_RIGHT = re.compile("|".join(words("chinese_after_names")) + r"|[、，,。：:（(；！？|\t\n ]|$")
_SURNAME = f"(?:{'|'.join(COMPOUND)}|[{SURNAMES}])"
_CELL = re.compile(
    "(?:(?:姓名|[系件货责请理表告人诉证害事主卡户保益租款方者客员问会东机师长官记名字])"
    "(?:是|为)?[：:][ |　（(]{0,3}|"
    rf"(?:我叫|名叫|叫做|姓名 ?|户名))({_SURNAME}[{_HAN}]{{1,2}})(?=[，。；,;、\s|）)(]|$)"
)
_SOUNDS = "".join(words("chinese_transliteration"))
_DOT = re.compile(f"[{_SOUNDS}]{{1,6}}[·•][{_SOUNDS}]{{1,7}}")


def find(text: str) -> Iterator[Finding]:
    """Full names (sure where a label or title proves them), and surnames before a title."""
    if not _ANY.search(text):
        return
    reached = 0
    for match in _CANDIDATE.finditer(text):
        if match.start() < reached or _is_plain(text, match):
            continue
        if found := _weigh(text, match.start()):
            reached = found.end
            yield found
    for match in _TITLED.finditer(text):
        start, end = match.span()
        if (
            match[1] == "向"
            or _is_word(text, start)
            or (match[1] in _NOT_TITLED and _is_han(text, start - 1))
        ):
            continue
        yield Finding(start, end, "name", sure=False)
    yield from _labelled(text)
    yield from _dotted(text)


def _labelled(text: str) -> Iterator[Finding]:
    for match in _CELL.finditer(text):
        if _words().get(match[1], -99.0) < math.log(800) - _TOTAL:
            yield Finding(*match.span(1), "name")


def _dotted(text: str) -> Iterator[Finding]:
    """约翰·史密斯, 买买提·阿卜杜拉: a name that is written with a dot."""
    for match in _DOT.finditer(text) if "·" in text or "•" in text else ():
        yield Finding(*match.span(), "name")


def _is_plain(text: str, match: re.Match[str]) -> bool:
    """A common word that no third character could turn into a name: nine of ten candidates end here."""
    third = text[match.end() : match.end() + 1]
    return third not in GIVEN and _words().get(match[0], -99.0) > _COMMON_WORD


def _weigh(text: str, start: int) -> Finding | None:
    """The reading of the candidate at `start` that beats its reading as words; None where words win."""
    surname = 2 if text[start : start + 2] in _COMPOUNDS else 1
    left = start
    while left > 0 and start - left < _SIDE and _is_han(text, left - 1):
        left -= 1
    right = start
    while right < len(text) and right - start < surname + 2 + _SIDE and _is_han(text, right):
        right += 1
    window, at = text[left:right], start - left
    head, tail = _best(window)
    sizes = [size for size in (surname + 2, surname + 1) if start + size <= right]
    family = text[start : start + surname]
    scores = {
        size: head[at] + _name(family, text[start + surname : start + size]) + tail[at + size] - tail[0]
        for size in sizes
    }
    if max(scores.values(), default=-math.inf) < _ENOUGH - _MOST_BONUS:
        return None
    labelled = _LABEL.search(text[max(0, start - 12) : start])
    bonus = 4.5 if labelled else 1.0 if _WEAK_LEFT.search(text[max(0, start - 3) : start]) else 0.0
    found, most = None, _ENOUGH
    for size, score in scores.items():
        end = start + size
        titled = _TITLE.match(text, end)
        score += bonus + (4.0 if titled else 1.2 if _WEAK_RIGHT.match(text, end) else 0.0)
        if not _is_han(text, start - 1) and not _is_han(text, end):
            score += 1.5
        if size == surname + 1 and labelled is None and not titled:
            score -= 1.5
        if score > most:
            proved = bool(labelled or titled or (size > surname + 1 and score > _PROVED))
            found, most = Finding(start, end, "name", sure=proved), score
    return found


def _name(surname: str, given: str) -> float:
    share = math.log(0.0004) if len(surname) == 2 else math.log(0.075 / (1 + _RANK[surname] / 4))
    size = _GIVEN_ONE if len(given) == 1 else _GIVEN_TWO
    doubled = 3.0 if len(given) == 2 and given[0] == given[1] else 0.0
    return (
        _NAME
        + share
        + size
        + doubled
        + sum(_COMMON if letter in COMMON_GIVEN else _RARE if letter in GIVEN else _ODD for letter in given)
    )


def _best(window: str) -> tuple[list[float], list[float]]:
    """For every place, the log probability of the best cut into words before it, and behind it."""
    share = _words().get
    size = len(window)
    head, tail = [0.0] * (size + 1), [0.0] * (size + 1)
    for end in range(1, size + 1):
        most = head[end - 1] + share(window[end - 1], _UNKNOWN)
        for start in range(end - 2, max(-1, end - 5), -1):
            word = share(window[start:end])
            if word is not None and head[start] + word > most:
                most = head[start] + word
        head[end] = most
    for start in range(size - 1, -1, -1):
        most = tail[start + 1] + share(window[start], _UNKNOWN)
        for end in range(start + 2, min(size, start + 4) + 1):
            word = share(window[start:end])
            if word is not None and tail[end] + word > most:
                most = tail[end] + word
        tail[start] = most
    return head, tail


@lru_cache(maxsize=1)
def _words() -> dict[str, float]:
    """Word → log share of all words."""
    counted: dict[str, float] = {}
    with gzip.open(Path(__file__).parent / "lists" / "chinese_words.txt.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            word, times = line.split()
            counted[word] = math.log(int(times)) - _TOTAL
    for place in (*PROVINCES, *CITIES):
        counted[place] = max(counted.get(place, _UNKNOWN), math.log(400) - _TOTAL)
    for word in counted:
        if (
            len(word) == 2
            and word not in CITIES
            and (word in _COMPOUNDS or (word[0] in COMMON_GIVEN and word[1] in COMMON_GIVEN))
        ):
            counted[word] -= _BORNE
    for surname in _ONLY_SURNAMES:
        counted[surname] = counted.get(surname, _UNKNOWN) - _BORNE
    return counted


def _is_word(text: str, at: int) -> bool:
    """Whether the character belongs to a common word with the one before: 对方, 老师."""
    return _is_han(text, at - 1) and _words().get(text[at - 1 : at + 1], -99.0) > math.log(200) - _TOTAL


def _is_han(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "\u4e00" <= text[at] <= "\u9fff"
