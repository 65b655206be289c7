"""Chinese names: full names as whole words of a segmentation, and surnames before a title.

Runs of Chinese characters that hold a surname are cut into words by rjieba; a name is one to three
neighbouring words, so it never begins or ends inside a word (为何|衍生 holds nobody). `evidence_zh`
weighs each candidate; what stands in a list beside a name needs less.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate

from rewarm.pii.evidence_zh import (
    ALL_SURNAMES,
    BIAS,
    COMPOUNDS,
    LABELS,
    LISTED_SURNAMES,
    MOST_LEFT,
    MOST_RIGHT,
    ONLY_SURNAMES,
    TITLES,
    Words,
    at_edge,
    before_names,
    brands,
    left_of,
    prior,
    right_of,
)
from rewarm.pii.finding import Finding
from rewarm.pii.segments import HAN_RUN, cut, is_word
from rewarm.pii.starts_zh import KIN, NICK, starts

# Log odds from which a candidate is a name in reference text and in private text, from which the same
# characters are one elsewhere too, and what a name beside it in a list adds.
_ENOUGH, _IN_PRIVATE, _PROVED, _BESIDE = -0.2, -1.0, 2.5, 3.5
_LEAST = _ENOUGH - _BESIDE
_LONGER = 2.0
_JOINS = re.compile("[、，,/和与及跟 ]|以及")
# What is said of persons that is also a title: 姐, 总 after a surname that is nothing else, at an end.
_SHORT_TITLES = frozenset(title for title in TITLES if len(title) == 1)
# Surnames that in front of a title are mostly another word: 向老师, 任教授, 各位老师.
_NOT_TITLED = frozenset(
    "边母阳沙冷闻门羊蒙步么向于任常连关和同单万都应从成若有能全查申明党生商经计强干班权占房水花毕平师祖练"
    "元化游新法丛传农工老小大女男各该此其某本高时云国依"
)
_NEVER = frozenset("班向经由请找问让被和与同对从将叫把给跟")
_SAYS = frozenset(["是", "姓", "叫"])
# Behind a surname only; 老师 and 主任 also stand alone.
COURTESY = frozenset(["先生", "女士", "小姐", "太太"])
_FIXED = frozenset(["老总", "老姐", "大姐"])


def find(text: str, is_private: Callable[[], bool]) -> Iterator[Finding]:
    """Full names and surnames before titles; is_private: asked where a little less must do."""
    candidates: list[tuple[float, int, int]] = []
    for match, places in _runs(text, starts(text, _LEAST)):
        tokens = cut(match[0])
        begin = match.start()
        run = Words(begin, tokens, [0, *accumulate(map(len, tokens))])
        opening = [at for at, place in enumerate(run.places) if begin + place in places]
        if opening:
            candidates += _full(text, run, opening)
            yield from _titled(run, opening)
    yield from _best(text, candidates, is_private)


def _runs(text: str, places: list[int]) -> Iterator[tuple[re.Match[str], set[int]]]:
    """The runs of Chinese characters that the places stand in, each with its places."""
    reached, at = 0, 0
    while at < len(places):
        start = places[at]
        while start > reached and "\u4e00" <= text[start - 1] <= "\u9fff":
            start -= 1
        match = HAN_RUN.match(text, start)
        assert match is not None
        reached = match.end()
        upto = bisect_left(places, reached, at)
        yield match, set(places[at:upto])
        at = upto


def _full(text: str, run: Words, opening: list[int]) -> Iterator[tuple[float, int, int]]:
    """Log odds, start and end of every stretch of words that could be a full name."""
    begin, tokens, places = run
    count = len(tokens)
    for first in opening:
        token, low = tokens[first], places[first]
        before = tokens[first - 1] if first else ""
        left, labelled = (left_of(before), before in LABELS) if first else (MOST_LEFT, True)
        most = 4 if (token + "".join(tokens[first + 1 : first + 2]))[:2] in COMPOUNDS else 3
        for last in range(first + 1, min(first + 4, count) + 1):
            size = places[last] - low
            if size > most:
                break
            if size < 2:
                continue
            # A word of the dictionary is a name only where something at the edge of the run says so.
            alone = size == 2 and last == first + 1
            if alone and first and last < count:
                continue
            known = prior(*tokens[first:last])
            right = right_of(tokens[last], labelled) if last < count else MOST_RIGHT
            if BIAS + known + left + right <= _LEAST:
                continue
            if not first or last == count:
                behind = tokens[last] if last < count else ""
                exact, right, tells = at_edge(text, begin + low, begin + places[last], before, behind)
                if alone and not tells:
                    continue
                points = BIAS + (known + exact + right)
            else:
                points = BIAS + (known + left + right)
            if points > _LEAST:
                yield points, begin + low, begin + places[last]


def _best(
    text: str, candidates: list[tuple[float, int, int]], is_private: Callable[[], bool]
) -> Iterator[Finding]:
    """Candidates that are names, apart from each other; those beside one in a list with a bonus."""
    covered = bytearray(len(text))
    starts, ends = set[int](), set[int]()
    # Of two that share characters, one more character outweighs some evidence: 阎志刚, not 阎志.
    ordered = sorted(candidates, key=lambda item: (-item[0] - _LONGER * (item[2] - item[1]), item[1]))
    for listed in (False, True):
        for points, start, end in ordered:
            if points <= (_LEAST if listed else _IN_PRIVATE) or any(covered[start:end]):
                continue
            if not listed and points <= _ENOUGH and not is_private():
                continue
            if not listed or _is_listed(text, start, end, starts, ends):
                covered[start:end] = b"\1" * (end - start)
                starts.add(start)
                ends.add(end)
                yield Finding(start, end, "name", sure=points > _PROVED and end - start > 2)


def _is_listed(text: str, start: int, end: int, starts: set[int], ends: set[int]) -> bool:
    after = _JOINS.match(text, end)
    before = start > 1 and _JOINS.fullmatch(text[start - 1])
    return bool((after and after.end() in starts) or (before and start - 1 in ends))


def _titled(run: Words, opening: list[int]) -> Iterator[Finding]:
    """A surname that is a word of its own, and a title: 王女士, 冼姐; 老邱 and 小佟."""
    begin, tokens, places = run
    for at in opening:
        token = tokens[at]
        if len(token) > 1 and not _may_be_titled_word(token):
            continue
        start = begin + places[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in COMPOUNDS or (len(token) == 1 and token in ALL_SURNAMES):
            if _title(following) and _may_be_titled(run, at, following):
                yield Finding(start, start + len(token), "name", sure=False)
        elif token[0] in ALL_SURNAMES and _is_titled_word(token):
            yield Finding(start, start + 1, "name", sure=False)
        elif len(token) == 2 and token[0] in NICK and token[1] in ONLY_SURNAMES:
            yield Finding(start + 1, start + 2, "name", sure=False)
        elif token in NICK and following in ONLY_SURNAMES and len(following) == 1:
            behind = tokens[at + 2] if at + 2 < len(tokens) else ""
            if not behind or not is_word(following + behind[:1]):
                yield Finding(start + 1, start + 2, "name", sure=False)


@lru_cache(maxsize=200_000)
def _may_be_titled_word(token: str) -> bool:
    """Whether a word of several characters is a surname, or one with a title or 老 before it."""
    return (
        token in COMPOUNDS
        or (_is_titled_word(token) if token[0] in ALL_SURNAMES else token[0] in NICK)
        or (len(token) == 2 and token[0] in NICK and token[1] in ONLY_SURNAMES)
    )


def _is_titled_word(token: str) -> bool:
    """Whether a word of the dictionary is a surname and a title: 陈经理, 王总; not 康师傅, 员工."""
    if token in _FIXED or token in brands():
        return False
    if len(token) == 2:
        return token[1] in KIN and token[0] in ONLY_SURNAMES
    return token[1:] in TITLES and token[0] in LISTED_SURNAMES - _NOT_TITLED


def _title(word: str) -> bool:
    return word in TITLES or (len(word) > 2 and word[:2] in TITLES)


def _may_be_titled(run: Words, at: int, title: str) -> bool:
    token, before = run.tokens[at], run.tokens[at - 1] if at else ""
    if len(token) == 2 or title[:2] in COURTESY:
        return token not in _NEVER
    if (
        token in _NEVER
        or token not in LISTED_SURNAMES
        or (at and len(before) == 1 and not before_names(before))
    ):
        return False
    if token in _NOT_TITLED or title in _SHORT_TITLES:
        ends = at + 2 == len(run.tokens) and title in _SHORT_TITLES and token not in _NOT_TITLED
        return ends or token in ONLY_SURNAMES or not at or before in LABELS | TITLES | _SAYS
    return True
