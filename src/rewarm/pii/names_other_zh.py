"""Names in Chinese characters without a Chinese surname: Tibetan, Mongolian, Uyghur, Japanese, translated.

They have parts that hardly stand in other words (扎西顿珠, 敖登格日勒, 佐佐木优子) or a dot between their
parts (约翰·史密斯, 艾尔肯•吐尔逊). Two Tibetan parts make a name, a single one only behind a label.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from ahocorasick_rs import AhoCorasick, Implementation

from rewarm.pii.finding import Finding
from rewarm.pii.name_lists import SURNAMES, words

_SOUNDS = "".join(words("chinese_transliteration"))
_DOT = re.compile(f"(?:[让{_SOUNDS}]{{1,4}}-)?[{_SOUNDS}]{{1,9}}(?:[·•‧・][{_SOUNDS}]{{1,9}}){{1,3}}")
# 温斯顿·陈: a surname behind a given name that is written by its sound.
_DOT_SURNAME = re.compile(f"[{_SOUNDS}]{{2,9}}[·•‧・][{SURNAMES[:100]}](?![\u4e00-\u9fff]?[·•‧・])")
_VIETNAMESE = re.compile("[阮陈黎范黄潘武邓裴杜吴]氏[\u4e00-\u9fff]{1,2}(?=[，。、,的；（( ]|$)")
# Dai names begin with 岩, 玉 or 依 and have parts that are written by their sound: 依罕香, 岩温扁.
_DAI = re.compile("[岩玉依咪][罕叫恩坎温扁香腊约甩光尖旺喃应波拉叶轩丹南儿]{1,2}(?=[，。、的（( ：:说]|$)")
# Behind a label, what is written by its sound and ends as Uyghur names do: 买合木提江.
_UYGHUR = re.compile(f"[{_SOUNDS}]{{3,5}}(?:江|古丽|木|提|汗|丁|别克|拜|孜)(?![{_SOUNDS}])")
_LABEL = re.compile(
    f'(?:{"|".join(words("chinese_person_labels"))}|[0-9]床|姓名|户名)(?:是|为)?[：: |（(“"]{{0,3}}$'
)


_LABEL_ENDS = frozenset('：: |（(“"床名是为') | {label[-1] for label in words("chinese_person_labels")}
_SOUND = frozenset(_SOUNDS)


class _Parts:
    """Parts of names, looked up by their first two characters: alternatives in a pattern would be slow."""

    def __init__(self, parts: Iterable[str]) -> None:
        self.beginning: dict[str, list[str]] = {}
        for part in sorted(parts, key=len, reverse=True):
            self.beginning.setdefault(part[:2], []).append(part)

    def longest(self, text: str, at: int) -> int:
        """The length of the longest part at `at`, 0 for none."""
        for part in self.beginning.get(text[at : at + 2], ()):
            if text.startswith(part, at):
                return len(part)
        return 0


_TIBETAN = _Parts(words("tibetan_names"))
_STEPPE = _Parts([*words("mongolian_names"), *words("uyghur_names")])
_YI_CLANS, _YI_GIVEN = _Parts(words("yi_clans")), _Parts(words("yi_given_names"))
_FAMILIES, _GIVEN = _Parts(words("japanese_surnames_zh")), _Parts(words("japanese_given_zh"))
# A Mongolian or Uyghur name of so many characters is nothing else.
_LONG = 4
_SET_APART = re.compile("[的，、：:]")


_DOTS, _NEAR = "·•‧・", 24
_DAI_PAIRS = tuple(
    first + second for first in "岩玉依咪" for second in "罕叫恩坎温扁香腊约甩光尖旺喃应波拉叶轩丹南儿"
)
_ENDINGS = ("江", "古丽", "木", "提", "汗", "丁", "别克", "拜", "孜")


@cache
def _automaton() -> tuple[AhoCorasick, list[str]]:
    """All that a name of these kinds holds at least."""
    words = {*_DOTS, "氏", *_DAI_PAIRS, *_ENDINGS}
    for parts in (_TIBETAN, _STEPPE, _FAMILIES, _YI_CLANS):
        words |= set(parts.beginning)
    return AhoCorasick(sorted(words), implementation=Implementation.DFA), sorted(words)


def find(text: str) -> Iterator[Finding]:
    """Whole names, sure by their form."""
    automaton, words = _automaton()
    places: dict[str, list[int]] = {}
    for word, start, _ in automaton.find_matches_as_indexes(text, overlapping=True):
        places.setdefault(words[word], []).append(start)
    dots = [at for dot in _DOTS for at in places.get(dot, ())]
    for pattern in (_DOT, _DOT_SURNAME):
        for low, high in _stretches(sorted(dots)):
            for match in pattern.finditer(text, low, high):
                yield Finding(*match.span(), "name")
    for at in places.get("氏", ()):
        if at and (vietnamese := _VIETNAMESE.match(text, at - 1)):
            yield Finding(*vietnamese.span(), "name")
    for ending in _ENDINGS:
        for at in places.get(ending, ()):
            if (
                text[at - 1 : at] in _SOUND
                and text[at - 2 : at - 1] in _SOUND
                and text[at - 3 : at - 2] in _SOUND
            ):
                for match in _UYGHUR.finditer(text, max(0, at - 5), at + len(ending) + 1):
                    if _is_labelled(text, match.start()):
                        yield Finding(*match.span(), "name")
    for at in sorted(at for pair in _DAI_PAIRS for at in places.get(pair, ())):
        dai = _DAI.match(text, at)
        if dai and ("傣" in text or _is_labelled(text, at)):
            yield Finding(*dai.span(), "name")
    yield from _of_parts(text, _TIBETAN, places, least=4)
    yield from _of_parts(text, _STEPPE, places, least=_LONG)
    for families, names in ((_FAMILIES, _GIVEN), (_YI_CLANS, _YI_GIVEN)):
        for at in _places(families, places):
            family = families.longest(text, at)
            given = names.longest(text, at + family) if family else 0
            if given:
                yield Finding(at, at + family + given, "name")


def _places(parts: _Parts, places: dict[str, list[int]]) -> list[int]:
    return sorted(at for word, found in places.items() if word in parts.beginning for at in found)


def _stretches(places: list[int]) -> Iterator[tuple[int, int]]:
    """Around places, joined where they touch."""
    low, high = -1, -1
    for at in places:
        if at - _NEAR > high:
            if high >= 0:
                yield low, high
            low = max(0, at - _NEAR)
        high = at + _NEAR
    if high >= 0:
        yield low, high


def _of_parts(text: str, parts: _Parts, places: dict[str, list[int]], least: int) -> Iterator[Finding]:
    """One part or two, of `least` characters, or of any behind a label."""
    reached = 0
    for at in _places(parts, places):
        if at < reached:
            continue
        size = parts.longest(text, at)
        end = at + size + parts.longest(text, at + size) if size else at
        alone = end - at == _LONG - 1 and _SET_APART.match(text, end) and not _is_han(text, max(0, at - 1))
        if size and (end - at >= least or alone or _is_labelled(text, at)):
            reached = end
            yield Finding(at, end, "name")


def _is_labelled(text: str, at: int) -> bool:
    return text[at - 1 : at] in _LABEL_ENDS and _LABEL.search(text, max(0, at - 16), at) is not None


def _is_han(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "\u4e00" <= text[at] <= "\u9fff"
