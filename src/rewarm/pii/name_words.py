"""What a capitalised word can be: a given name, a family name, a word, a place; with the log odds of each.

Lists and their sources: `lists/SOURCES.md`. They are loaded at first use, in half a second a process.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from rewarm.pii.name_lists import AMBIGUOUS, FAMILIES, MEN, NOT_FAMILIES, PINYIN, WOMEN, lines, packed, words

# DestinationArn, but not McAllister, DeVries, LaTonya, AbdulAziz.
_CAMEL = re.compile(r"^(?!Mc|Mac|De|Di|Du|La|Le|Van|Von|Fitz|O'|D'|Al|El|Abdul)[A-Za-z]*[a-z][A-Z]")
_NO_NAMES = frozenset(
    [
        "Wi-Fi",
        "True",
        "False",
        "None",
        "Null",
        "Nil",
        "Ii",
        "Iii",
        "Iv",
        "Vi",
        "Vii",
        "Viii",
        "Ix",
        "Xi",
        "Xii",
        "II",
        "III",
        "IV",
        "VI",
        "VII",
        "VIII",
        "IX",
        "XI",
        "XII",
        "FC",
        "Tue",
        "Thu",
        "Sep",
        "Min",
        "Max",
    ]
)


class Kind(NamedTuple):
    """given: 2 a given name and nothing else, 1 also a word or place, 0 none; family: the same;
    word: in small letters an English word; place: a city, state or country; thing: what stands in the
    name of a company, place or law; pinyin: a surname as pinyin or Cantonese writes it."""

    given: int
    family: int
    word: bool
    place: bool
    thing: bool
    pinyin: bool

    @property
    def unknown(self) -> bool:
        """On no list at all: a foreign name, a brand, a term."""
        return not (self.given or self.family or self.word or self.place or self.thing or self.pinyin)


@lru_cache(maxsize=50_000)
def kind(word: str) -> Kind:
    """What the word can be; with any case, accents and a possible second part after a hyphen."""
    plain = folded(word)
    title = _titled(plain)
    low = title.lower()
    if _CAMEL.search(title) or title in _NO_NAMES:
        return Kind(0, 0, word=True, place=False, thing=True, pinyin=False)
    is_word, is_place = low in _list("english_words"), title in _list("places")
    things = title in NOT_FAMILIES
    soft = is_word or is_place or title in AMBIGUOUS or title in _software()
    given = title in _list("given_names") or title in MEN or title in WOMEN
    family = title in _list("family_names") or title in FAMILIES
    parts = [part for part in title.split("-") if part]
    if len(parts) > 1 and min(map(len, parts)) < 2:
        # L-carnitine, E-mail.
        return Kind(0, 0, word=True, place=False, thing=True, pinyin=False)
    if len(parts) > 1 and not given:
        kinds = [kind(part[0].upper() + part[1:]) for part in parts]
        given = kinds[0].given == 2 and (kinds[-1].given > 0 or not kinds[-1].word)
        family = family or any(part.family == 2 for part in kinds)
        soft = soft or all(part.word for part in kinds)
        # Sun-hee, Ka-ming: the second syllable in small letters, and no English word.
        if (
            len(parts) == 2
            and (kinds[0].pinyin or kinds[1].pinyin)
            and len(title) < 14
            and not all(part.word for part in kinds)
        ):
            given, soft = True, False
        if (
            len(parts) == 2
            and parts[1].islower()
            and len(title) < 14
            and parts[1] not in _list("english_words")
        ):
            given, soft = bool(kinds[0].pinyin or kinds[0].given), False
    return Kind(
        given=(1 if soft else 2) * given,
        family=(1 if soft else 2) * family,
        word=is_word,
        place=is_place,
        thing=things,
        pinyin=title in PINYIN,
    )


def is_phrase(words: list[str], name: str) -> int:
    """How many of these words form an entry of a list of phrases (brands, famous, places); 0 for none."""
    entries = _phrases(name).get(words[0])
    if entries is None:
        return 0
    for entry in entries:
        if words[: len(entry)] == entry:
            return len(entry)
    return 0


def folded(word: str) -> str:
    """The word without accents (Unicode NFD without combining marks), as the lists have it."""
    if word.isascii():
        return word
    flat = unicodedata.normalize("NFD", word.translate(_LETTERS))
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ß": "ss", "ı": "i", "’": "'"}
)


def _titled(word: str) -> str:
    """HILL and hill as Hill, McAllister as it is, AL-HARBI as Al-Harbi."""
    if not (word.isupper() or word.islower()):
        return word
    return "-".join(part.capitalize() for part in word.split("-"))


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(packed(name))


@cache
def _software() -> frozenset[str]:
    return frozenset(words("english_software"))


@cache
def _phrases(name: str) -> dict[str, list[list[str]]]:
    """First word → the entries that begin with it, the longest first."""
    entries = [entry for entry in _list(name) if " " in entry] if name == "places" else lines(name)
    found: dict[str, list[list[str]]] = {}
    for entry in sorted(entries, key=len, reverse=True):
        parts = entry.split(" ")
        found.setdefault(parts[0], []).append(parts)
    return found
