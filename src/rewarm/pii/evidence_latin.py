"""Log odds that a run of capitalised words is the name of a person.

The features are what the first, the last and the words between can be (`name_words.kind`), what stands
before (a title, a role, a greeting, a label) and behind (an act, an address, a mark). The weights are a
logistic regression over the labelled sentences of the tests and corpora in which nearly nobody is
named (API descriptions, a standard library, questions about illnesses), with an L2 penalty of 0.3.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from math import inf

from rewarm.pii.name_lists import words
from rewarm.pii.name_words import Kind, folded, is_phrase, kind
from rewarm.pii.syllables import is_syllables

Part = tuple[str, int, int]
TITLES = frozenset(words("english_titles"))
ROLES = frozenset(
    word.lower()
    for role in words("english_roles")
    for word in re.sub(r"\[(.).\]|(.)\?", r"\1\2", role).split("-")[-1:]
) | {"neighbour", "neighbor", "fiancé", "fiancée", "name", "surname", "forename", "attention"}
GREETS = frozenset(["dear", "hi", "hello", "hey", "attn", "thanks", "regards", "cheers", "sincerely", "thx"])
CALLS = frozenset(words("english_calling")) - {
    "is",
    "to",
    "by",
    "with",
    "on",
    "in",
    "for",
    "of",
    "me",
    "it",
    "its",
}
_SMALL = frozenset(["by", "with", "to", "from", "for", "and", "is", "of", "or", "as", "was", "that", "but"])
_ARTICLES = frozenset(["the", "a", "an", "this", "that", "your", "our", "their", "any", "each"])
_COMPANY = frozenset(words("company_words"))
_GEOGRAPHIC = frozenset(words("english_geographic"))
_ROADS = frozenset(
    ["Street", "Road", "Avenue", "Drive", "Crescent", "Boulevard", "Terrace", "St", "Ave", "Lane"]
)
_VIETNAMESE = frozenset(
    ["Nguyen", "Tran", "Pham", "Huynh", "Hoang", "Phan", "Dang", "Duong", "Truong", "Trinh", "Luong"]
)
_ACTS = re.compile(
    r"(?:['’]s)? (?:said|says|speaks|called|told|asked|asks|works|worked|lives|lived|wrote|writes|moved|"
    r"sent|left|replied|joined|paid|bought|ordered|signed|thinks|wants|wanted|needs|forgot|lost|felt|"
    r"insisted|denied|denies|testified|objected|admitted|complained|confirmed|emailed|phoned|texted|"
    r"resigned|reported|requested|reminded|agreed|apologi[sz]ed|arrived|mentioned|pasted|noticed|argued|"
    r"stated|alleged|alleges|took|came|went|saw|heard|spoke|walked|drove|returned|answered|refused|visited|"
    r"picked|booked|presented|scored|born|resides|rang|attended|earns?|eats|ate|sold|sells|buys|gave|made)\b"
)
_DOES = re.compile(
    r" (?:has|is|was|will|are|had|can|could|would|should|does|did|do|at|from|already|just|still)\b"
)
_EPONYM = re.compile(
    r"(?:['’]s?)?(?:(?:[ -][A-Za-z]{1,20}){0,3}[ -](?:"
    + "|".join(words("english_illnesses"))
    + r")|[ -](?:"
    + "|".join(words("english_eponyms"))
    + r"))\b"
)
_CODE_AFTER = re.compile(r"[_@\\]|[./](?=\w)|\(\)| ?& ?[A-Z]|-[A-Za-z0-9]")
_CALLED = re.compile(
    r"\b(?:[Aa]sk(?:ed|ing)?(?: for)?|[Ww]aiting (?:on|for)|[Ll]ooping in|[Bb]elongs? to|"
    r"(?:[Ss]poke|[Ss]peak(?:ing)?|[Tt]alk(?:ed|ing)?|[Mm]et|[Mm]eeting|[Cc]all(?:ed)?|[Cc]hat(?:ted)?) "
    r"(?:to|with|w/)|(?:[Ii]ssued|[Aa]ssigned|[Ss]ent|[Pp]aid|[Pp]ayable|[Gg]ave it|[Rr]efund) to|"
    r"(?:[Rr]eported|[Ww]ritten|[Ff]iled|[Ss]igned|[Aa]pproved) by|in the name of|(?:name|payment) of|"
    r"(?:[Pp]hon|[Ee]mail|[Tt]ext|[Mm]ail|[Mm]essag|[Tt]hank|[Ss]u|[Hh]ir|[Mm]arri|[Rr]emind|[Oo]rder|"
    r"[Aa]ssist|[Rr]eplac|[Rr]ecommend|[Vv]isit|[Aa]rrest)ed|[Rr]ecommend|[Tt]ell|[Tt]old|[Aa]lleges? that|"
    r"[Mm]essage|[Pp]age|[Pp]ing(?:ed)?|[Mm]et|[Cc]ontact(?:ed)?|[Hh]elp|[Ll]et|"
    r"[Ss]erved (?:up)?on|I am|I['’]m|[Tt]his is|[Ii]t['’]?s|[Mm]y name is|[Nn]ame['’]?s?(?: is)?|"
    r"[Pp]lease|[Ff]rom|[Cc][Cc]['’]?(?:ing|ed)?) ?$"
)
_LAST_WORD = re.compile(r"([A-Za-z'’./]+)([.]?)([ :,;|(\"“'\n\t=—-]{0,4})$")

# What stands before somebody even where he is called like a shop.
_TELLS = ("l_role", "l_role_told", "l_greeted", "l_called", "l_phrase", "l_title")

BIAS = -5.9
WEIGHTS = {
    "capitals": -2.1, "capitals_first": -3.2, "capitals_last": -1.3, "capitals_middle": -0.7, "n1": -0.6,
    "n2": 0.4, "n3": 0.6, "n4": -0.4, "short": -1.8, "short_capitals": -3.1,
    "f_family": 2.3, "f_family_word": -2.6, "f_given": 4.7, "f_given_family": 3.1, "f_given_word": 0.9,
    "f_pinyin": -1.1, "f_place": -1.0, "f_short": -0.6, "f_thing": -2.6, "f_unknown": 0.3, "f_word": -3.2,
    "e_family": 2.9, "e_given": 1.9, "e_given_family": 1.9, "e_given_word": 1.0, "e_initial": -1.9,
    "e_pinyin": 0.3, "e_short": -1.0, "e_thing": -2.7, "e_unknown": 1.0, "e_word": -2.5,
    "m_family": 1.1, "m_family_word": -0.7, "m_given": 0.5, "m_given_family": 0.6, "m_given_word": 0.3,
    "m_particle": 1.6, "m_place": -1.1, "m_short": 0.4, "m_thing": -0.5, "m_unknown": -0.6, "m_word": -2.0,
    "brand": -5.7, "chinese": 2.4, "family_first": 1.5, "famous": -3.0, "given_and_family": 2.0,
    "given_and_family_word": -1.2, "given_and_given": -0.3, "given_and_given_family": 1.9,
    "given_and_pinyin": 0.7, "given_and_thing": -0.6, "given_and_unknown": 1.8, "given_and_word": -1.2,
    "vietnamese": 0.8,
    "l_and": -1.3, "l_article": -1.3, "l_as": -1.5, "l_at": 1.6, "l_bar": -0.5, "l_by": -0.7,
    "l_called": 1.5, "l_colon": 1.4, "l_dash": -0.3, "l_from": -0.8, "l_geographic": -1.2,
    "l_greeted": 2.6, "l_is": -0.7, "l_mark": 0.4, "l_of": -0.7, "l_or": -0.5, "l_paren": -2.0,
    "l_phrase": 2.5, "l_quote": -0.7, "l_role": 2.7, "l_role_told": 1.1, "l_run_name": -1.7,
    "l_run_other": -1.8, "l_run_word": -1.8, "l_small": -1.2, "l_title": 6.0, "l_to": 0.3, "l_with": -1.0,
    "r_act": 2.1, "r_bar": 1.9, "r_close": -0.3, "r_colon": 0.3, "r_comma": 0.9, "r_does": 1.3,
    "r_end": 0.8, "r_own": -0.6, "r_run_other": -2.6, "r_run_thing": -2.1, "r_run_word": -3.0,
    "r_stop": 0.9,
    "given_l_and": 1.0, "given_l_article": 0.4, "given_l_at": 1.0, "given_l_bar": 0.7, "given_l_by": -0.6,
    "given_l_called": 2.1, "given_l_colon": 1.2, "given_l_comma": 0.8, "given_l_dash": 0.7,
    "given_l_for": 0.3, "given_l_geographic": -1.1, "given_l_greeted": 0.9, "given_l_is": -0.6,
    "given_l_line": -0.6, "given_l_mark": -0.9, "given_l_or": -0.4, "given_l_paren": 0.6,
    "given_l_phrase": 0.9, "given_l_quote": -0.3, "given_l_role": 1.3, "given_l_role_told": 0.3,
    "given_l_run_name": -1.5, "given_l_run_other": -0.5, "given_l_sentence": 1.2, "given_l_small": 0.6,
    "given_l_title": -1.3, "given_l_to": -0.4, "given_l_with": -0.4, "given_r_act": 0.5,
    "given_r_bar": 0.4, "given_r_colon": 2.5, "given_r_comma": 0.5, "given_r_does": 0.7,
    "given_r_end": 1.9, "given_r_paren": 0.3, "given_r_run_other": -1.5, "given_r_run_thing": -0.4,
    "given_r_run_word": -0.9, "given_r_small": 0.3, "given_r_stop": 0.4,
    "word_l_and": -0.5, "word_l_article": -0.6, "word_l_by": -0.6, "word_l_called": 3.0,
    "word_l_colon": -0.7, "word_l_comma": -0.7, "word_l_greeted": 1.5, "word_l_line": -1.2,
    "word_l_mark": -0.6, "word_l_of": -0.6, "word_l_phrase": 1.0, "word_l_quote": -0.3, "word_l_role": 1.4,
    "word_l_run_other": -0.3, "word_l_run_word": -0.8, "word_l_title": -0.3, "word_l_to": 1.0,
    "word_r_act": 1.8, "word_r_bar": -0.3, "word_r_colon": 0.7, "word_r_does": 1.9, "word_r_end": -1.1,
    "word_r_mark": -0.5, "word_r_own": 0.7, "word_r_paren": -0.5, "word_r_quote": -0.6,
    "word_r_run_thing": -0.4, "word_r_small": -0.9, "word_r_stop": -1.2,
    "initial_and_family": 1.6, "initial_and_given_family": -0.5, "initial_and_unknown": 1.6,
    "told_pair": 3.5, "told_words": -0.9,
}  # fmt: skip


class Run:
    """A run of capitalised words of a text; what stands before and behind each is read once, when asked."""

    def __init__(self, text: str, parts: Sequence[Part]) -> None:
        self.text = text
        self.parts = parts
        self.names = [part[0] for part in parts]
        self._left: dict[int, str] = {}
        self._right: dict[int, str] = {}

    def candidates(self, most: int, least: float) -> Iterator[tuple[int, int, float]]:
        """First and last part and log odds above `least` of every stretch of up to `most` words."""
        count = len(self.names)
        for first, name in enumerate(self.names):
            if name[0].islower():
                continue
            for last in range(first + 1, min(count, first + most) + 1):
                if _is_no_part(self.names[last - 1]):
                    break
                points = self.points(first, last, least)
                if points > least:
                    yield first, last, points

    def points(self, first: int, last: int, least: float) -> float:
        """The log odds that parts [first, last) are a name; -inf where they are not above `least`."""
        inside = self.names[first:last]
        if inside[-1][0].islower() or inside[-1][-1] == "." or inside[0][0].islower():
            return -inf
        inner = _inner(*inside)
        if inner is None:
            return -inf
        words, said = inner
        left = self.left(first)
        if BIAS + said + _most_around(left, _alone(inside)) <= least:
            return -inf
        kinds = kind(inside[0]), kind(inside[-1])
        if last - first == 1 and left not in _TELLS and not (kinds[0].given or kinds[0].family):
            return -inf
        right = self.right(last)
        if not right:
            return -inf
        features = [*words, left, right]
        if left not in _TELLS:
            if is_phrase(inside, "english_brands") or is_phrase(inside, "places") == len(inside) > 1:
                features.append("brand")
            if is_phrase(inside, "english_famous"):
                features.append("famous")
        elif last - first > 1:
            lists = (kinds[0].given or kinds[0].pinyin or inside[0][-1] == ".") and not kinds[-1].thing
            features.append("told_pair" if lists else "told_words")
        if alone := _alone(inside):
            # A given name alone stands where a sentence needs a person.
            features += [f"{alone}_{left}", f"{alone}_{right}"]
        return BIAS + sum(WEIGHTS.get(name, 0.0) for name in features)

    def left(self, first: int) -> str:
        """What stands before a part."""
        if first not in self._left:
            before = _word_before(self.names[first - 1]) if first else _before(self.text, self.parts[0][1])
            self._left[first] = "l_" + before
        return self._left[first]

    def right(self, last: int) -> str:
        """What stands behind the part before `last`; "" where that makes it no name."""
        if last not in self._right:
            end = self.parts[last - 1][2]
            if (
                (last < len(self.names) and self.names[last] in _COMPANY)
                or _CODE_AFTER.match(self.text, end)
                or _EPONYM.match(self.text, end)
            ):
                self._right[last] = ""
            else:
                after = _word_after(self.names[last]) if last < len(self.names) else _after(self.text, end)
                self._right[last] = "r_" + after
        return self._right[last]


@lru_cache(maxsize=50_000)
def _is_no_part(name: str) -> bool:
    """Whether no name can hold the word: a title, or a part of a company's name."""
    return name in _COMPANY or name.rstrip(".") in TITLES or name == "AI"


def _alone(inside: Sequence[str]) -> str:
    """How sure a single word is a given name: given, word, or "" where it is none."""
    return "" if len(inside) > 1 else ("", "word", "given")[kind(inside[0]).given]


@lru_cache(maxsize=10_000)
def _most_around(left: str, alone: str) -> float:
    """The most that what stands around a candidate adds, with what is known of the left."""
    sides = WEIGHTS.get(left, 0.0) + WEIGHTS.get(f"{alone}_{left}", 0.0)
    rights = [name for name in WEIGHTS if name.startswith("r_")]
    right = max(WEIGHTS[name] + WEIGHTS.get(f"{alone}_{name}", 0.0) for name in rights)
    return sides + right + (WEIGHTS["told_pair"] if left in _TELLS else 0.0)


@lru_cache(maxsize=100_000)
def _inner(*inside: str) -> tuple[tuple[str, ...], float] | None:
    """What words say by themselves, and its sum; None where they can be nobody."""
    if inside[-1] in _ROADS or any(map(_is_no_part, inside)):
        return None
    found = [f"n{min(len(inside), 4)}", *_shape(inside), "f_" + _class(inside[0])]
    known = kind(inside[0])
    if len(inside) > 1:
        found.append("e_" + _class(inside[-1]))
        found += _pairs(inside, [kind(name) for name in inside])
        if known.given == 2:
            found.append("given_and_" + _class(inside[-1]))
    elif known.given and len(inside[0]) < 4:
        found.append("short")
    if len(inside) == 2 and inside[0][-1] == ".":
        found.append("initial_and_" + _class(inside[1]))
    found += ["m_" + _class(name) for name in inside[1:-1]]
    return tuple(found), sum(WEIGHTS.get(name, 0.0) for name in found)


def _shape(inside: Sequence[str]) -> list[str]:
    upper = [name.isupper() and len(name) > 1 and name[-1] != "." for name in inside]
    if all(upper):
        return ["short_capitals"] if max(map(len, inside)) < 5 else ["capitals"]
    return [f"capitals_{'first' if upper[0] else 'last' if upper[-1] else 'middle'}"] if any(upper) else []


@lru_cache(maxsize=50_000)
def _class(name: str) -> str:
    known = kind(name)
    if len(name.rstrip(".")) == 1 or (name.endswith(".") and len(name) < 5):
        return "initial"
    if name[0].islower():
        return "particle"
    if known.thing and not known.given and not known.family:
        return "thing"
    if known.given == 2:
        return "given_family" if known.family == 2 else "given"
    if known.family == 2:
        return "family"
    if known.given:
        return "given_word"
    if known.pinyin:
        return "pinyin"
    if known.family:
        return "family_word"
    if known.word or known.place:
        return "place" if known.place else "word"
    return "unknown" if len(name) > 3 else "short"


def _pairs(inside: Sequence[str], kinds: list[Kind]) -> list[str]:
    """What the words are together: a Chinese, a Vietnamese, a Japanese or Hungarian order."""
    found = []
    behind = [name for name in inside[1:] if len(name) > 1]
    if kinds[0].pinyin and all(is_syllables(name) and len(name) > 2 for name in behind):
        found.append("chinese" if not all(known.word for known in kinds[1:]) else "chinese_words")
    elif kinds[-1].pinyin and all(map(is_syllables, inside[:-1])):
        found.append("chinese_last" if not kinds[0].word else "chinese_words")
    if folded(inside[0]).capitalize() in _VIETNAMESE:
        found.append("vietnamese")
    if kinds[0].family == 2 and not kinds[0].given and kinds[-1].given == 2:
        found.append("family_first")
    return found


@lru_cache(maxsize=50_000)
def _word_before(name: str) -> str:
    """The word of the same run before a candidate."""
    if name.rstrip(".") in TITLES:
        return "title"
    if name.lower() in ROLES:
        return "role"
    if name.lower() in GREETS or name.lower() in CALLS:
        return "called"
    if name in _GEOGRAPHIC:
        return "geographic"
    known = kind(name)
    if known.given == 2 or known.family == 2:
        return "run_name"
    return "run_word" if known.word else "run_other"


def _before(text: str, start: int) -> str:
    back = text[max(0, start - 24) : start]
    if not back or back[-1] == "\n":
        return "line"
    match = _LAST_WORD.search(back)
    mark = match[3].strip(" ") if match else ""
    if match and "\n" not in mark:
        word = match[1].lower()
        if match[1] in TITLES:
            return "title"
        labelled = "_told" if mark[:1] in (":", "=", "|") else ""
        if word in ROLES:
            return "role" + labelled
        if word in GREETS:
            return "greeted"
        if word in CALLS:
            return "called"
        if not mark and _CALLED.search(back) and word != "from":
            return "phrase"
        if mark in ("", "-", "—") and not match[2]:
            if word in _ARTICLES:
                return "article"
            return f"{word}" if word in _SMALL else "small"
    mark = back.strip()[-1:]
    if mark in ".!?":
        return "sentence"
    return {",": "comma", "(": "paren", ":": "colon", "[": "paren", "@": "at", "-": "dash", "–": "dash",
            "—": "dash",
            "|": "bar", '"': "quote", "“": "quote", "'": "quote", ";": "comma"}.get(mark, "mark")  # fmt: skip


def _word_after(name: str) -> str:
    known = kind(name)
    return "run_thing" if known.thing else "run_word" if known.word or known.place else "run_other"


def _after(text: str, end: int) -> str:
    if _ACTS.match(text, end):
        return "act"
    rest = text[end : end + 3]
    if not rest.strip(" ") or rest[0] == "\n":
        return "end"
    if rest[:2] in ("'s", "’s"):
        return "own"
    if rest[:2] in (" <", " (") or rest[0] in "(<":
        return "paren"
    if rest[0] == " " and rest[1:2].islower():
        return "does" if _DOES.match(text, end) else "small"
    return {",": "comma", ".": "stop", ":": "colon", ";": "comma", ")": "close", "]": "close", '"': "quote",
            "|": "bar", "\t": "bar", "，": "comma", "。": "stop", "：": "colon",
            "）": "close"}.get(rest.strip()[:1], "mark")  # fmt: skip


@cache
def triggers() -> tuple[str, ...]:
    """Titles, roles and greetings in the cases that text has them in."""
    small = ROLES | GREETS | CALLS
    return tuple(sorted({*TITLES, *small, *(word.capitalize() for word in small), *map(str.upper, small)}))
