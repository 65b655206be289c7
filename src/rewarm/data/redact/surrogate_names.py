"""Names and addresses that stand in for others: of the same gender, length and region.

A name is replaced part by part under the document's key, so that 张伟, 张先生 and the next 张伟 stay
one person: the part alone decides. An address keeps province, city and district.
"""

import re

from rewarm.data.redact.keyed import Draw
from rewarm.pii.name_lists import COMPOUND, FAMILIES, FEMALE, MEN, SURNAMES, WOMEN, words

_HAN, _DOT = re.compile("[\u4e00-\u9fff]"), re.compile("[·•‧・]")
_BETWEEN = re.compile(r"([\s,/]+)")
_SUFFIXES = frozenset(["Jr", "Sr", "II", "III", "IV"])
_TIBETAN = tuple(part for part in words("tibetan_names") if len(part) == 2)
_MONGOLIAN = words("mongolian_names")
_SURNAMES = SURNAMES[:100]
_GIVEN_MEN = "".join(words("surrogate_given_men"))
_GIVEN_WOMEN = "".join(words("surrogate_given_women"))
_MEN, _WOMEN = sorted(MEN), sorted(WOMEN)
_ROADS = words("surrogate_roads_zh")
_STREETS = words("surrogate_streets_en")
_ROAD = re.compile(
    r"([\u4e00-\u9fff]{1,4}?)(路|大街|大道|街|道|巷|弄|胡同|小区|花园|家园|苑|村|大厦|公寓|广场)"
)
_ADMIN = re.compile(r".*(?:省|自治区|市|区|县|旗|州|镇|乡|街道)")
_ROAD_WORDS = frozenset(
    {
        "Street",
        "Avenue",
        "Ave",
        "Road",
        "Boulevard",
        "Blvd",
        "Lane",
        "Drive",
        "Court",
        "Place",
        "Way",
        "North",
        "South",
        "East",
        "West",
    }
)
_SPOKEN = "零一二三四五六七八九"


def name(key: bytes, value: str, attempt: int) -> str:
    """A person's name; each part follows from that part alone, so 张先生 and 张伟 keep one surname."""
    if not _HAN.search(value):
        return _latin(key, value, attempt)
    if dot := _DOT.search(value):
        draw = Draw(key, "name", value, attempt)
        return "".join(letter if letter == dot[0] else draw.one(_SOUNDS) for letter in value)
    parts = [value[at : at + 2] for at in range(0, len(value), 2)]
    if len(parts) == 2 and all(part in _TIBETAN for part in parts):
        return "".join(Draw(key, "tibetan", part, attempt).one(_TIBETAN) for part in parts)
    if value in _MONGOLIAN:
        alike = [other for other in _MONGOLIAN if len(other) == len(value)]
        return Draw(key, "mongolian", value, attempt).one(alike)
    size = 2 if value[:2] in COMPOUND else 1
    if len(value) == 2 and value[0] not in SURNAMES and value not in COMPOUND:
        size = 0  # A given name alone.
    given = value[size:]
    surnames = COMPOUND if size == 2 else _SURNAMES
    family = Draw(key, "family", value[:size], 0 if given else attempt).one(surnames) if size else ""
    pool = _GIVEN_WOMEN if any(letter in FEMALE for letter in given[-1:]) else _GIVEN_MEN
    draw = Draw(key, "given", given, attempt)
    return family + "".join(draw.one(pool) for _ in given)


def syllables(draw: Draw, count: int) -> str:
    """Characters as they stand in given names."""
    return "".join(draw.one(_GIVEN_MEN) for _ in range(count))


_SOUNDS = words("surrogate_transliteration")[0]


def _latin(key: bytes, value: str, attempt: int) -> str:
    """Given names by gender, family names, initials; particles, case, commas and spacing stay."""
    seen = [word for word in _BETWEEN.split(value) if word.strip(" ,/.")]
    small = value.islower()
    made, place = [], 0
    for word in _BETWEEN.split(value):
        bare = word.rstrip(".")
        if not word.strip(" ,/") or (bare.islower() and not small) or bare in _SUFFIXES:
            made.append(word)
            continue
        place += 1
        lone = len(seen) == 1
        title = word.capitalize() if word.isupper() or small else word
        draw = Draw(key, "word", title, attempt if lone or place == 1 else 0)
        if len(bare) == 1:
            letter = "ABCDEFGHJKLMNPRSTW"[draw.below(18)] + word[1:]
        elif title in WOMEN and (lone or place < len(seen)):
            letter = draw.one(_WOMEN)
        elif title in MEN if lone else place == 1:
            letter = draw.one(_MEN)
        else:
            letter = draw.one(FAMILIES)
        made.append(
            letter.upper() if word.isupper() and len(bare) > 1 else letter.lower() if small else letter
        )
    return "".join(made)


def spoken(draw: Draw, value: str) -> str:
    """A number in Chinese numerals or wide digits; the first three stay."""
    made = []
    for at, letter in enumerate(value):
        if at < 3 or not (letter.isdigit() or letter in "零〇一二三四五六七八九幺两"):
            made.append(letter)
        elif "０" <= letter <= "９":
            made.append(chr(0xFF10 + draw.below(10)))
        else:
            made.append(draw.digits(1) if letter.isascii() else _SPOKEN[draw.below(10)])
    return "".join(made)


def address(draw: Draw, value: str) -> str:
    """House number and road are replaced; what lies above them stays, to the length of a road's name."""
    if value.isascii():
        return _street(draw, value)
    admin = _ADMIN.match(value)
    kept = admin.end() if admin else 0
    rest = _ROAD.sub(lambda match: draw.one(_ROADS) + match[2], value[kept:])
    return value[:kept] + re.sub(r"[0-9一二三四五六七八九十百]+", lambda match: _number(draw, match[0]), rest)


def _street(draw: Draw, value: str) -> str:
    head, comma, tail = value.partition(",")
    parts = head.split(" ")
    if len(parts) >= 3 and "Box" not in head:
        middle = range(1, len(parts) - 1)
        for at in middle:
            if parts[at] not in _ROAD_WORDS and (len(parts[at]) > 2 or parts[at].isdigit()):
                parts[at] = draw.one(_STREETS)
    head = re.sub(r"[0-9]+", lambda match: _number(draw, match[0]), " ".join(parts))
    tail = re.sub(r"[0-9]{1,4}(?![0-9])(?<![0-9]{5})", lambda match: _number(draw, match[0]), tail)
    return head + comma + tail


def _number(draw: Draw, value: str) -> str:
    if value.isascii():
        return str(1 + draw.below(9)) + draw.digits(len(value) - 1)
    return "".join(_SPOKEN[1 + draw.below(9)] for _ in value[:1]) + value[1:]
