"""Names in Latin letters: runs of capitalised words that are weighed by what each of them can be.

A pair such as `Grant Program` or `Virginia Beach` opens like a name; what a place, an institution or a
theorem is called after a person is not the person, nor is a brand, nor one whom everybody knows. A lone
given name is one where a sentence uses it as one: somebody speaks, greets, signs, acts. Lists say what a
word can be (`name_words`), what stands around it decides. A model for names finds more; one can be given
(`redact.ner`).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from rewarm.corpus.personal.context_en import (
    ACTS,
    AFTER,
    ARTICLE,
    EPONYM,
    FAMILY_ONLY,
    LOWER_NEXT,
    MIDDLE,
    OPENS,
    PROVES,
    ROLE_WORDS,
    is_called,
    is_role,
    stands_small,
)
from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import words
from rewarm.corpus.personal.name_words import Kind, folded, is_phrase, kind

UPPER = "A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿ"
LETTER = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
WORD = rf"(?:[{UPPER}](?:[{LETTER}]|-(?=[{LETTER}])|['’](?=[{LETTER}])(?!s\b))*(?![0-9]))"
PARTICLES = "van|de|von|der|den|bin|bint|ibn|al|el|la|le|da|di|del|dos|du|ten|ter|zu|y|e|ua|ní|nic|mac"
_INITIAL = r"(?:[A-Z]\.(?:[A-Z]\.)*)"
_TITLES = frozenset(words("english_titles"))
# A period behind a word may belong to a title; `_sentences` cuts where it does not.
_TOKEN = rf"(?:{_INITIAL}|{WORD}\.?)"
_RUN = re.compile(rf"{_TOKEN}(?: (?:(?:{PARTICLES}) ){{0,2}}{_TOKEN}){{0,15}}")
_ABBREVIATED = _TITLES | {"St", "Jr", "Sr", "Md", "Mohd", "Wm", "Chas", "Jos", "Geo", "Thos"}
Parts = list[tuple[str, int, int]]
_PART = re.compile(r"\S+")
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?")
# A lone given name needs so many letters where nothing but the sentence speaks for it.
_LONE = 4
_LONG_CAPITALS = 5
_COMPANY = frozenset(words("company_words"))
# 张某某, as translations of judgments have it.
_MASKED = frozenset(["Mou", "Moumou", "Moumoumou"])
_ROADS = frozenset(["Street", "Road", "Avenue", "Drive", "Crescent", "Boulevard", "Terrace"])
_GEOGRAPHIC = frozenset(words("english_geographic"))
_VIETNAMESE = frozenset(
    ["Nguyen", "Tran", "Pham", "Huynh", "Hoang", "Phan", "Dang", "Duong", "Truong", "Trinh", "Luong"]
)
_ENOUGH = 3.0
_MOST_WORDS = 5


def find(text: str) -> Iterator[Finding]:
    """Names of two words and more, names behind titles and roles, given names of who acts."""
    for match in _RUN.finditer(text):
        if not _is_code(text, match.start(), match.end()):
            yield from _in_run(text, match)


def _is_code(text: str, start: int, end: int) -> bool:
    """Whether the run is a part of an identifier, a path or an address: my.Name, x/Name, Name.method."""
    left = text[start - 1 : start] if start else ""
    if left in (".", "-") and text[max(0, start - 2) : start - 1].isalnum():
        return True
    if left and left.isascii() and (left.isalnum() or left in "_/#\\$"):
        return True
    if left == "&" or text[max(0, start - 2) : start] == "& ":
        return True
    right = text[end : end + 3]
    if right == " & ":
        return True
    right = right[:2]
    return right[:1] in ("_", "@", "\\") or (right[:1] in "./" and right[1:].isalnum() and right != "/")


def _in_run(text: str, run: re.Match[str]) -> Iterator[Finding]:
    names = run[0].split(" ")
    # Nine of ten runs open a sentence or name a thing.
    if not any(_may_be_name(name) for name in names):
        return
    parts = [
        (part[0], run.start() + part.start(), run.start() + part.end()) for part in _PART.finditer(run[0])
    ]
    for sentence in _sentences(parts) if "." in run[0] else (parts,):
        yield from _in_parts(text, sentence)


def _sentences(parts: Parts) -> Iterator[Parts]:
    """The parts of each sentence; a period that no title or initial has belongs to none."""
    first = 0
    for at, (word, start, end) in enumerate(parts):
        plain = word[:-1]
        if word.endswith(".") and "." not in plain and len(plain) > 1 and plain not in _ABBREVIATED:
            yield [*parts[first:at], (plain, start, end - 1)]
            first = at + 1
    if first < len(parts):
        yield parts[first:]


def _in_parts(text: str, parts: Parts) -> Iterator[Finding]:
    names = [word for word, _, _ in parts]
    at = 0
    while at < len(parts):
        if names[at].rstrip(".") in _TITLES:
            taken = _titled(text, parts, at)
            if taken:
                yield Finding(parts[at + 1][1], parts[taken - 1][2], "name")
            at = taken or at + 1
            continue
        known = max(is_phrase(names[at:], "english_brands"), is_phrase(names[at:], "english_famous"))
        if known == 1 and kind(names[at]).given and at + 1 < len(parts):
            known = 0  # Alexa Lange is no device.
        if known:
            at += known
            continue
        taken = _longest(text, parts, at)
        if taken and EPONYM.match(text, parts[taken - 1][2]):
            at = taken
            continue
        if taken:
            suffix = _SUFFIX.match(text, parts[taken - 1][2])
            yield Finding(parts[at][1], suffix.end() if suffix else parts[taken - 1][2], "name")
            at = taken
            continue
        if _is_lone(text, parts, at) and not EPONYM.match(text, parts[at][2]):
            yield Finding(parts[at][1], parts[at][2], "name", sure=False)
        at += 1


@lru_cache(maxsize=50_000)
def _may_be_name(name: str) -> bool:
    known = kind(name.rstrip("."))
    return name.rstrip(".") in _TITLES or (
        len(name) > 2 and bool(known.given or known.pinyin or known.family == 2 or known.unknown)
    )


def _titled(text: str, parts: Parts, at: int) -> int:
    """The part behind the last of the name that a title opens; 0 if there is none."""
    names = [word for word, _, _ in parts]
    first = at + 1
    if first == len(parts) or is_phrase(names[at:], "english_brands") > 1:
        return 0
    last = first
    while last < min(len(parts), first + 4):
        known = kind(names[last])
        if last > first and not known.family and (known.thing or known.word):
            break
        last += 1
    known = kind(names[last - 1])
    if all(len(name.rstrip(".")) == 1 for name in names[first:last]) or names[last - 1] in _MASKED:
        return 0
    if known.thing and not known.family:
        return 0
    return (
        0
        if known.word
        and not known.family
        and not known.given
        and last - first == 1
        and _is_term(text, parts[at])
        else last
    )


def _is_term(text: str, title: tuple[str, int, int]) -> bool:
    """Sister Company, Officer Training, Father Christmas: a title without a period that is a word."""
    return title[0] not in ("Mr", "Mrs", "Ms", "Mx", "Dr", "Hr", "MR", "MRS", "MS", "DR")


def _longest(text: str, parts: Parts, at: int) -> int:
    """The part behind the last of the longest name of two words and more that begins here; 0 for none."""
    names = [word for word, _, _ in parts]
    if names[at] in ("St.", "King", "Queen", "Prince", "Princess", "Pope") or (
        kind(names[at]).thing and not kind(names[at]).given
    ):
        return 0
    for end in range(min(len(parts), at + _MOST_WORDS), at + 1, -1):
        if (
            names[end - 1] in _MASKED
            or names[end - 1][0].islower()
            or names[end - 1].endswith(".")
            or len(names[end - 1]) == 1
        ):
            continue
        if is_phrase(names[at:end], "places") == end - at:
            continue
        if _score(text, parts, at, end) >= _ENOUGH:
            return end
    return 0


def _score(text: str, parts: Parts, at: int, end: int) -> float:
    names = [word for word, _, _ in parts]
    # AWS FIS, Key ARN: a short word in capitals is an abbreviation, but for a surname behind a given name.
    first, last = kind(names[at]), kind(names[end - 1])
    short = [name.isupper() and len(name) < _LONG_CAPITALS and name[-1] != "." for name in names[at:end]]
    short[0] = short[0] and not (
        first.pinyin and is_syllables(names[end - 1]) and not names[end - 1].isupper()
    )
    if any(short) and first.given < 2:
        return 0.0
    # Pieter van Aalst: behind a particle stands a name, whatever else the word is.
    particle = first.given == 2 and end - at > 2 and names[end - 2][0].islower()
    opening, closing = _opening(names[at], first), 1.5 if particle else _closing(last)
    behind = names[at + 1 : end]
    if (
        first.pinyin
        and (len(names[at]) > 2 or len(behind) > 1)
        and all(is_syllables(name) and len(name) > 2 for name in behind)
        and not all(kind(name).word for name in behind)
    ):
        # Ho Kam Tin, Fan Zhongyuan: surnames that are words too, told by syllables that are none.
        opening, closing = max(opening, 0.5), max(closing, 0.5)
    score = opening + closing
    if end - at == 2 and first.family == 2 and not first.given and last.given == 2:
        # Nakamura Haruto, Nagy Eszter: the family first.
        score += 2.5
    # Nguyễn Thị Hạnh: the family first, which three of four Vietnamese share with few others.
    score += 2.0 * (end - at > 2 and folded(names[at]).capitalize() in _VIETNAMESE)
    if not (
        names[at].endswith(".") or first.given or last.family or last.given or first.pinyin or last.pinyin
    ):
        score -= 1.0
    initials = False
    for name in names[at + 1 : end - 1]:
        if name.endswith("."):
            initials = True
        elif not name[0].islower():
            middle = kind(name)
            score += 0.5 if middle.given or middle.family else -2.0 if middle.word or middle.thing else 0.0
    initials = initials or names[at].endswith(".")
    score += 1.0 * initials
    if names[at].endswith(".") and last.unknown and len(names[end - 1]) < 5:
        score -= 1.0
    if (
        names[end - 1] in _ROADS
        or names[end - 1] in _COMPANY
        or (end < len(parts) and names[end] in _COMPANY)
    ):
        return 0.0
    if first.pinyin and names[at].isupper() and len(names[at]) > 2 and not names[end - 1].isupper():
        # CHEUNG Wai Kit: the surname in capitals.
        score += 2.5
    elif (first.pinyin and is_syllables(names[end - 1])) or (last.pinyin and is_syllables(names[at])):
        score += 2.5 if end - at == 2 or all(map(is_syllables, names[at + 1 : end])) else 0.5
    if end < len(parts) and not names[end].endswith("."):
        following = kind(names[end])
        score -= 3.0 if following.thing else 1.0 if following.word or following.place else 0.0
    if at and names[at - 1] in _GEOGRAPHIC:
        return 0.0
    if at and names[at - 1].lower() in ROLE_WORDS | {"name"}:
        score += 1.5
    elif at:
        leading = kind(names[at - 1])
        # The first word of a sentence is capitalised whatever it is.
        opens = at == 1 and leading.word and OPENS.search(text[max(0, parts[0][1] - 2) : parts[0][1]])
        score -= 0.0 if opens or leading.given or names[at - 1] == "I" else 1.0
    before = text[max(0, parts[at][1] - 32) : parts[at][1]]
    if not at:
        score += (
            (2.0 if is_role(before) else 1.5)
            if is_called(before)
            else 0.5 * bool(PROVES.search(before[-12:]))
        )
    return score + 0.5 * bool(AFTER.match(text, parts[end - 1][2]))


def _opening(name: str, known: Kind) -> float:
    if name.endswith("."):
        return 0.5
    if known.thing and not known.given:
        return -3.0
    if known.given:
        return 2.5 if known.given == 2 else 1.5
    if known.word or known.place:
        return -2.0
    return 0.5 if known.family or known.unknown else 0.0


def _closing(known: Kind) -> float:
    if known.thing:
        return -6.0 if not known.family else -0.25
    if known.family:
        return 1.5 if known.family == 2 else 0.5
    if known.word or known.place:
        return -2.0
    return 1.0


def _is_lone(text: str, parts: Parts, at: int) -> bool:
    """Whether a single word is a name: a given name in use, or any name where a role says so."""
    name, start, end = parts[at]
    known = kind(name)
    if name.endswith(".") or name[0].islower() or known.thing or (name.isupper() and len(name) < 5):
        return False
    before = text[max(0, start - 32) : start]
    called = is_called(before)
    if at + 1 < len(parts):
        following = kind(parts[at + 1][0])
        if following.thing or not following.word or following.family or not called:
            return False
    if at and not called:
        leading = parts[at - 1][0]
        if leading in _GEOGRAPHIC:
            return False
        if not (at == 1 and kind(leading).word and OPENS.search(text[max(0, parts[0][1] - 2) : parts[0][1]])):
            return False
    if name.isupper():
        return called and bool(known.given)
    if known.given == 2 and len(name) < _LONE and OPENS.search(before[-3:]) and ACTS.match(text, end):
        return True
    if known.given == 2 and len(name) >= _LONE:
        used = (LOWER_NEXT.match(text, end) or MIDDLE.search(before)) and not ARTICLE.search(before)
        return called or bool(used and not stands_small(text, name))
    if known.given:
        opens = not known.place and bool(OPENS.search(before[-3:]) or before[-2:] == ", ")
        return called or ((known.given == 2 or opens) and ACTS.match(text, end) is not None)
    if known.family == 2 and len(name) >= _LONE:
        return (
            called
            or bool(ACTS.match(text, end))
            or bool(FAMILY_ONLY.search(text[max(0, start - 60) : start]))
        )
    if known.unknown and len(name) >= _LONE and name[1:].replace("-", "").isalpha() and name[1:].islower():
        return is_role(before) or bool(FAMILY_ONLY.search(text[max(0, start - 60) : start]))
    return False


def parts(name: str) -> list[str]:
    """What of a full name is a name by itself elsewhere in the text: Okonkwo of Chidi Okonkwo."""
    names = [word for word in name.replace(",", " ").split() if len(word) >= _LONE and word[0].isupper()]
    return [word for word in names if not (known := kind(word)).word and not known.thing and not known.place]


_FINAL = (
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|"
    "ui|un|uo|ve|[aeiouv])"
)
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?{_FINAL}"
_CANTONESE = frozenset(words("cantonese_syllables"))
_SYLLABLES = re.compile(rf"{_SYLLABLE}(?:-?{_SYLLABLE})?", re.I)


def is_syllables(word: str) -> bool:
    """Whether a word is one or two syllables of pinyin or one of Hong Kong's, as Chinese given names are."""
    return word.capitalize() in _CANTONESE or _SYLLABLES.fullmatch(word) is not None
