"""How much speaks for a run of capitalised words being a name: what each can be, what stands beside it."""

from rewarm.corpus.personal.context_en import AFTER, OPENS, PROVES, ROLE_WORDS, is_called, is_role
from rewarm.corpus.personal.name_lists import words
from rewarm.corpus.personal.name_words import Kind, folded, kind
from rewarm.corpus.personal.syllables import is_syllables

Parts = list[tuple[str, int, int]]
_LONG_CAPITALS = 5
_COMPANY = frozenset(words("company_words"))
GEOGRAPHIC = frozenset(words("english_geographic"))
_ROADS = frozenset(["Street", "Road", "Avenue", "Drive", "Crescent", "Boulevard", "Terrace"])
_VIETNAMESE = frozenset(
    ["Nguyen", "Tran", "Pham", "Huynh", "Hoang", "Phan", "Dang", "Duong", "Truong", "Trinh", "Luong"]
)


def score(text: str, parts: Parts, at: int, end: int) -> float:
    """How much speaks for parts [at, end) of a run being a name, in points; 3 are enough (`names_en`)."""
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
    points = opening + closing
    if end - at == 2 and first.family == 2 and not first.given and last.given == 2:
        # Nakamura Haruto, Nagy Eszter: the family first.
        points += 2.5
    # Nguyễn Thị Hạnh: the family first, which three of four Vietnamese share with few others.
    points += 2.0 * (end - at > 2 and folded(names[at]).capitalize() in _VIETNAMESE)
    if not (
        names[at].endswith(".") or first.given or last.family or last.given or first.pinyin or last.pinyin
    ):
        points -= 1.0
    initials = False
    for name in names[at + 1 : end - 1]:
        if name.endswith("."):
            initials = True
        elif not name[0].islower():
            middle = kind(name)
            points += 0.5 if middle.given or middle.family else -2.0 if middle.word or middle.thing else 0.0
    initials = initials or names[at].endswith(".")
    points += 1.0 * initials
    if names[at].endswith(".") and last.unknown and len(names[end - 1]) < 5:
        points -= 1.0
    if (
        names[end - 1] in _ROADS
        or names[end - 1] in _COMPANY
        or (end < len(parts) and names[end] in _COMPANY)
    ):
        return 0.0
    if first.pinyin and names[at].isupper() and len(names[at]) > 2 and not names[end - 1].isupper():
        # CHEUNG Wai Kit: the surname in capitals.
        points += 2.5
    elif (first.pinyin and is_syllables(names[end - 1])) or (last.pinyin and is_syllables(names[at])):
        points += 2.5 if end - at == 2 or all(map(is_syllables, names[at + 1 : end])) else 0.5
    if end < len(parts) and not names[end].endswith("."):
        following = kind(names[end])
        points -= 3.0 if following.thing else 1.0 if following.word or following.place else 0.0
    if at and names[at - 1] in GEOGRAPHIC:
        return 0.0
    if at and names[at - 1].lower() in ROLE_WORDS | {"name"}:
        points += 1.5
    elif at:
        leading = kind(names[at - 1])
        # The first word of a sentence is capitalised whatever it is.
        opens = at == 1 and leading.word and OPENS.search(text[max(0, parts[0][1] - 2) : parts[0][1]])
        points -= 0.0 if opens or leading.given or names[at - 1] == "I" else 1.0
    before = text[max(0, parts[at][1] - 32) : parts[at][1]]
    if not at:
        points += (
            (2.0 if is_role(before) else 1.5)
            if is_called(before)
            else 0.5 * bool(PROVES.search(before[-12:]))
        )
    return points + 0.5 * bool(AFTER.match(text, parts[end - 1][2]))


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
