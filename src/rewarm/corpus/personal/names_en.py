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
    ARTICLE,
    EPONYM,
    FAMILY_ONLY,
    LOWER_NEXT,
    MIDDLE,
    OPENS,
    ROLE_WORDS,
    is_called,
    is_role,
    stands_small,
)
from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import words
from rewarm.corpus.personal.name_scores import GEOGRAPHIC, Parts, score
from rewarm.corpus.personal.name_words import is_phrase, kind

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
_PART = re.compile(r"\S+")
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?")
# A lone given name needs so many letters where nothing but the sentence speaks for it.
_LONE = 4
# 张某某, as translations of judgments have it.
_MASKED = frozenset(["Mou", "Moumou", "Moumoumou"])
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
        if known and kind(names[at]).given and _is_somebody(text, parts, at, known):
            known = 0
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


def _is_somebody(text: str, parts: Parts, at: int, known: int) -> bool:
    """Whether what a shop is called like is a person here: greeted, labelled, acting; Alexa Lange."""
    start, end = parts[at][1], parts[at + known - 1][2]
    before = text[max(0, start - 32) : start]
    role = at > 0 and parts[at - 1][0].lower() in ROLE_WORDS
    return (
        (known == 1 and at + 1 < len(parts)) or role or is_called(before) or ACTS.match(text, end) is not None
    )


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
        if score(text, parts, at, end) >= _ENOUGH:
            return end
    return 0


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
        if leading in GEOGRAPHIC:
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
