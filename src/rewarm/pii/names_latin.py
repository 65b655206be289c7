"""Names in Latin letters: runs of capitalised words around a given name, a title, a role or a greeting.

One automaton over all given names, surnames in pinyin, titles and roles (ahocorasick-rs, 40,000
patterns) finds the candidates; a run of capitalised words without a trigger in or before it is not
examined. `evidence_latin` weighs each part of a run.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from rewarm.pii.evidence_latin import TITLES, Part, Run, triggers
from rewarm.pii.finding import Finding
from rewarm.pii.name_lists import MEN, PINYIN, WOMEN, packed

UPPER = "A-ZÀ-ÖØ-ÞĀ-ɏḀ-ỿ"
LETTER = "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ"
WORD = rf"(?:[{UPPER}](?:[{LETTER}]|-(?=[{LETTER}])|['’](?=[{LETTER}])(?!s\b))*(?![0-9]))"
PARTICLES = "van|de|von|der|den|bin|bint|ibn|al|el|la|le|da|di|del|dos|du|ten|ter|zu|y|e|ua|ní|nic|mac"
PARTICLE_WORDS = frozenset(PARTICLES.split("|"))
_INITIAL = r"(?:[A-Z]\.(?:[A-Z]\.)*)"
_TOKEN = rf"(?:{_INITIAL}|{WORD}\.?)"
_RUN = re.compile(rf"{_TOKEN}(?: (?:(?:{PARTICLES}) ){{0,2}}{_TOKEN}){{0,15}}")
_PART = re.compile(r"\S+")
_SUFFIX = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?")
_ABBREVIATED = TITLES | {"St", "Jr", "Sr", "Md", "Mohd", "Wm", "Chas", "Jos", "Geo", "Thos"}
_INITIALS = [f"{letter}." for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
# Letters without their accents, as the lists of names have them; one for one, so that places stay.
_PLAIN = {
    code: base
    for code in range(0xC0, 0x1F00)
    if (base := unicodedata.normalize("NFD", chr(code))[0]).isascii() and base.isalpha()
} | {ord(odd): plain for odd, plain in zip("łŁđĐøØıß", "lLdDoOis", strict=True)}
_ACCENTED = re.compile("[À-ɏḀ-ỿ]")
# A run begins at most so many characters before a trigger in it.
_BACK = 80
_JOINED = re.compile(rf"[{LETTER}0-9_@.-]")
_MOST_WORDS = 5
# Log odds from which a candidate is a name in reference text and in private text, from which the same
# characters are one elsewhere too, and what a name beside it in a list adds.
_ENOUGH, _IN_PRIVATE, _PROVED, _BESIDE = -0.5, -0.9, 2.0, 2.5
_BETWEEN = frozenset([", ", " and ", ", and ", "; ", " & ", " or ", "和", "、"])
_JOINS = re.compile(", and |, |; | and | & | or |和|、")
Scored = tuple[float, int, int, int]
_LONGER = 1.5


@cache
def _automaton() -> AhoCorasick:
    names = {*packed("given_names"), *MEN, *WOMEN, *PINYIN}
    names = {name for name in names if len(name) > 2}
    return AhoCorasick(
        sorted({*names, *(name.upper() for name in names if len(name) > 3), *triggers(), *_INITIALS}),
        matchkind=MatchKind.LeftmostLongest,
    )


def find(text: str, is_private: Callable[[], bool]) -> Iterator[Finding]:
    """Names of one word and more, each sure where much speaks for it; is_private: asked where a little
    less must do."""
    scored: list[Scored] = []
    for run in runs(text):
        for first, last, points in Run(text, run).candidates(_MOST_WORDS, _ENOUGH - _BESIDE):
            scored.append((points, last - first, run[first][1], run[last - 1][2]))
    yield from _best(text, scored, is_private)


@lru_cache(maxsize=1)
def runs(text: str) -> list[list[Part]]:
    """Runs of capitalised words with a trigger in them or right before, cut into sentences; kept for the
    text asked last, since the repeats of its persons are looked for in the same runs."""
    name_runs: list[list[Part]] = []
    reached = 0
    plain = text.translate(_PLAIN) if not text.isascii() and _ACCENTED.search(text) else text
    for _, start, end in _automaton().find_matches_as_indexes(plain):
        if start < reached or (start and _is_letter(text[start - 1])):
            continue
        if end < len(text) and text[end - 1] != "." and _is_letter(text[end]):
            continue
        run = _run_at(text, start, reached) if text[start].isupper() else None
        run = run or _RUN.match(text, _skip(text, end))
        if run is None or run.start() < reached:
            continue
        reached = run.end()
        if _is_code(text, run.start()):
            continue
        parts = [
            (part[0], run.start() + part.start(), run.start() + part.end()) for part in _PART.finditer(run[0])
        ]
        name_runs += _sentences(parts)
    return name_runs


def _run_at(text: str, at: int, least: int) -> re.Match[str] | None:
    """The whole run that the word at `at` stands in."""
    low = at
    while True:
        left = text.rfind(" ", max(least, low - 24, at - _BACK), max(least, low - 1))
        word = text[left + 1 : low - 1] if low - 1 > left + 1 and text[low - 1 : low] == " " else ""
        if not word or not (word[0].isupper() and _RUN.fullmatch(word)):
            return _RUN.match(text, low)
        low = left + 1


def _skip(text: str, end: int) -> int:
    """Over what stands between a trigger and a name: `Name: `, `Dear `, `patient (`."""
    low = end
    while low < min(len(text), end + 4) and text[low] in " :,.(|\"'=\n\t“[":
        low += 1
    return low


def _is_letter(letter: str) -> bool:
    return (letter.isalnum() and not "\u3000" < letter < "\uffff") or letter == "_"


def _is_code(text: str, start: int) -> bool:
    """Whether the run goes on an identifier, a path or an address: my.Name, x/Name, $Name."""
    left = text[max(0, start - 2) : start]
    return (
        left[-1:] in ("_", "/", "#", "\\", "$", "&")
        or (left[-1:] in (".", "-") and left[:1].isalnum())
        or left == "& "
    )


def _sentences(parts: list[Part]) -> Iterator[list[Part]]:
    """The parts of each sentence; a period that no title or initial has belongs to none."""
    first = 0
    for at, (word, start, end) in enumerate(parts):
        plain = word[:-1]
        if word.endswith(".") and "." not in plain and len(plain) > 1 and plain not in _ABBREVIATED:
            yield [*parts[first:at], (plain, start, end - 1)]
            first = at + 1
    if first < len(parts):
        yield parts[first:]


def _best(text: str, scored: list[Scored], is_private: Callable[[], bool]) -> Iterator[Finding]:
    """Candidates that are names, apart from each other; those beside one in a list with a bonus."""
    covered = bytearray(len(text))
    starts, ends = set[int](), set[int]()
    ordered = sorted(scored, key=lambda item: (-item[0] - _LONGER * item[1], item[2]))
    for listed in (False, True):
        for points, size, start, end in ordered:
            if points <= (_ENOUGH - _BESIDE if listed else _IN_PRIVATE) or any(covered[start:end]):
                continue
            if not listed and points <= _ENOUGH and not is_private():
                continue
            if listed and not _is_listed(text, start, end, starts, ends):
                continue
            if size == 1 and points < _PROVED and _stands_small(text, text[start:end]):
                continue
            suffix = _SUFFIX.match(text, end)
            covered[start:end] = b"\1" * (end - start)
            starts.add(start)
            ends.add(end)
            yield Finding(start, suffix.end() if suffix else end, "name", sure=points > _PROVED)


def _is_listed(text: str, start: int, end: int, starts: set[int], ends: set[int]) -> bool:
    after = _JOINS.match(text, end)
    if after and after.end() in starts:
        return True
    return any(text[at:start] in _BETWEEN for at in range(max(0, start - 6), start) if at in ends)


def _stands_small(text: str, name: str) -> bool:
    """Whether the text also writes the word in small letters, as it does with terms: Titin, titin."""
    small = name.lower()
    at = text.find(small)
    while at >= 0:
        if not (at and _JOINED.match(text, at - 1)) and not _JOINED.match(text, at + len(small)):
            return True
        at = text.find(small, at + 1)
    return False
