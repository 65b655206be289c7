"""Runs of words that may be noun phrases, without a parser.

English: the words between function words or punctuation, at most three. Whether they are a noun phrase shows
in the company they keep: behind a determiner or preposition, and hardly ever before a determiner, as verbs
are. Chinese: consecutive words that rjieba tags as nouns, at most eight characters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

from rewarm.text.domain_terms import STOP, STOP_ZH


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[A-Za-zÀ-ÿ0-9][\w'’-]*|[^\sA-Za-zÀ-ÿ0-9]|\n")
_BEFORE = _words(
    "a an the this that these those its their his her any each every some no all of in for with by from on "
    "at as into between through during within without under over about against called including like via per"
)
_AFTER = _words("a an the its their his her this that these those you your it them")
# Words that count, order or compare: "next page", "two cases", "different steroids" are no terms.
_VAGUE = _words(
    "one two three four five six seven eight nine ten first second third next last previous same different "
    "certain many several various multiple other another such new old current existing following given "
    "specified specific particular available additional single total maximum minimum large small great good "
    "main major common general important possible necessary able likely different full entire whole due "
    "number list set type types kind amount part parts way ways thing things example examples case cases "
    "greater less enough later earlier higher lower better best develop develops"
)
_NO_NOUN = ("ed", "ly", "ing")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
_NOUN_TAGS = ("n", "j")
_MODIFIER_TAGS = ("vn", "an", "b", "l")
# Tagged as nouns, and none.
_NO_NOUN_ZH = _words("依法 有权 责令 有关 采取 给予 规定 情形 相关 按照 予以 方面 部分 情况 问题 时候")
# Parts of one name or list: 宪法和法律委员会.
_JOINTS_ZH = frozenset("和与及或并")
_MOST_WORDS, _MOST_CHARACTERS = 3, 8
_WINDOW = 4


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words. surface: as written; term: in lower case; before, after: whether a noun's predecessor,
    a determiner, stand beside it; type: what phrases have in common that can replace each other; context: the
    words around it."""

    start: int
    stop: int
    surface: str
    term: str
    before: bool
    after: bool
    type: str
    context: tuple[str, ...]


def phrases(text: str) -> Iterator[Phrase]:
    """The runs of words of a text, Chinese ones last."""
    yield from _english(text)
    for match in _HAN_RUN.finditer(text):
        yield from _chinese(match[0], match.start(), text)


def _english(text: str) -> Iterator[Phrase]:
    words = [(match[0].lower(), *match.span()) for match in _WORD.finditer(text)]
    first = 0
    for place in range(len(words) + 1):
        word = words[place][0] if place < len(words) else "\n"
        if word[0].isalnum() and word not in STOP:
            continue
        if 0 < place - first <= _MOST_WORDS:
            start, stop = words[first][1], words[place - 1][2]
            surface, own = text[start:stop], [one[0] for one in words[first:place]]
            if surface.isascii() and not any(sign.isdigit() for sign in surface) and _may_be_noun(own):
                before = words[first - 1][0] if first else "\n"
                around = words[max(0, first - _WINDOW) : first] + words[place : place + _WINDOW]
                yield Phrase(
                    start, stop, surface, " ".join(own), before in _BEFORE, word in _AFTER,
                    _type(surface, own, before), tuple(one[0] for one in around if one[0].isalnum()),
                )  # fmt: skip
        first = place + 1


def _may_be_noun(words: list[str]) -> bool:
    return not _VAGUE & set(words) and not words[-1].endswith(_NO_NOUN) and len(words[-1]) > 2


def _type(surface: str, words: list[str], before: str) -> str:
    """Words, and what would give the answer away: plural, capitals, "a" or "an"."""
    plural = words[-1].endswith("s") and not words[-1].endswith(("ss", "us", "is"))
    capitals = "all" if surface.isupper() else "first" if surface[0].isupper() else ""
    article = before if before in ("a", "an") else ""
    # A vowel matters only behind "a" and "an", so a phrase has two types at most.
    return f"en{len(words)}{'s' * plural}|{capitals}|{article}"


def _chinese(run: str, offset: int, text: str) -> Iterator[Phrase]:
    words = [*rjieba.tag(run), ("", "end")]
    start = first = place = 0
    last = ""
    for number, (word, tag) in enumerate(words):
        if (
            word
            and word not in STOP_ZH
            and word not in _NO_NOUN_ZH
            and tag.startswith((*_NOUN_TAGS, *_MODIFIER_TAGS))
        ):
            place, last = place + len(word), tag
            continue
        if last[:1] in _NOUN_TAGS and 2 <= place - start <= _MOST_CHARACTERS:
            left, right = text[offset + start - 1 : offset + start], text[offset + place : offset + place + 1]
            joined = left in _JOINTS_ZH or right in _JOINTS_ZH
            around = [*words[max(0, first - 3) : first], *words[number : number + 3]]
            yield Phrase(
                offset + start, offset + place, run[start:place], run[start:place], not joined, False,
                f"zh{place - start}", tuple(one[0] for one in around if one[0]),
            )  # fmt: skip
        place += len(word)
        start, first, last = place, number + 1, ""
