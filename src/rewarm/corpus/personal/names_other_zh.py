"""Names in Chinese characters without a Chinese surname: Tibetan, Mongolian, Uyghur, Japanese, translated.

They have parts that hardly stand in other words (扎西顿珠, 敖登格日勒, 佐佐木优子) or a dot between their
parts (约翰·史密斯, 艾尔肯•吐尔逊). Two Tibetan parts make a name, a single one only behind a label.
"""

import re
from collections.abc import Iterable, Iterator

from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import SURNAMES, words

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


class _Parts:
    """Parts of names, looked up by their first two characters: alternatives in a pattern would be slow."""

    def __init__(self, parts: Iterable[str]) -> None:
        self.beginning: dict[str, list[str]] = {}
        for part in sorted(parts, key=len, reverse=True):
            self.beginning.setdefault(part[:2], []).append(part)
        first = "".join(sorted({pair[0] for pair in self.beginning}))
        second = "".join(sorted({pair[1] for pair in self.beginning}))
        self.pair = re.compile(f"(?=([{first}][{second}]))")

    def longest(self, text: str, at: int) -> int:
        """The length of the longest part at `at`, 0 for none."""
        for part in self.beginning.get(text[at : at + 2], ()):
            if text.startswith(part, at):
                return len(part)
        return 0

    def places(self, text: str) -> Iterator[int]:
        for match in self.pair.finditer(text):
            if match[1] in self.beginning:
                yield match.start()


_TIBETAN = _Parts(words("tibetan_names"))
_STEPPE = _Parts([*words("mongolian_names"), *words("uyghur_names")])
_YI_CLANS, _YI_GIVEN = _Parts(words("yi_clans")), _Parts(words("yi_given_names"))
_FAMILIES, _GIVEN = _Parts(words("japanese_surnames_zh")), _Parts(words("japanese_given_zh"))
# A Mongolian or Uyghur name of so many characters is nothing else.
_LONG = 4
_SET_APART = re.compile("[的，、：:]")


def find(text: str) -> Iterator[Finding]:
    """Whole names, sure by their form."""
    for match in _DOT.finditer(text) if any(dot in text for dot in "·•‧・") else ():
        yield Finding(*match.span(), "name")
    for match in _DOT_SURNAME.finditer(text) if "·" in text or "•" in text else ():
        yield Finding(*match.span(), "name")
    for match in _VIETNAMESE.finditer(text):
        yield Finding(*match.span(), "name")
    yield from _of_parts(text, _TIBETAN, _TIBETAN, least=4)
    yield from _of_parts(text, _STEPPE, _STEPPE, least=_LONG)
    for match in _UYGHUR.finditer(text):
        if _LABEL.search(text, max(0, match.start() - 16), match.start()):
            yield Finding(*match.span(), "name")
    for match in _DAI.finditer(text):
        if "傣" in text or _LABEL.search(text, max(0, match.start() - 16), match.start()):
            yield Finding(*match.span(), "name")
    for families, names in ((_FAMILIES, _GIVEN), (_YI_CLANS, _YI_GIVEN)):
        for at in families.places(text):
            family = families.longest(text, at)
            given = names.longest(text, at + family) if family else 0
            if given:
                yield Finding(at, at + family + given, "name")


def _of_parts(text: str, first: _Parts, second: _Parts, least: int) -> Iterator[Finding]:
    """One part or two, of `least` characters, or of any behind a label."""
    reached = 0
    for at in first.places(text):
        if at < reached:
            continue
        size = first.longest(text, at)
        end = at + size + second.longest(text, at + size) if size else at
        alone = end - at == _LONG - 1 and _SET_APART.match(text, end) and not _is_han(text, max(0, at - 1))
        if size and (end - at >= least or alone or _LABEL.search(text, max(0, at - 16), at)):
            reached = end
            yield Finding(at, end, "name")


def _is_han(text: str, at: int) -> bool:
    return 0 <= at < len(text) and "\u4e00" <= text[at] <= "\u9fff"
