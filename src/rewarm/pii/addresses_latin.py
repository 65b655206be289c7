"""Postal addresses in Latin letters, from their house number on: of the US, Britain, Australia, Canada, the
continent of Europe, India, and of China as it writes them for others.

A number and a kind of road (`12 Elm Street`) say it; where no kind of road stands, a postal code has to.
Every search begins with the rarer part: digits, a code, an ending such as -straße.
"""

import re
from collections.abc import Iterator

from rewarm.pii.detector import DIGIT, Detector, Find, listed
from rewarm.pii.finding import Finding

_POSTCODE = (
    r"(?:[A-Z]{2} [0-9]{5}(?:-[0-9]{4})?|(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT|Vic|Qld|Tas) [0-9]{4}|"
    r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|(?:[A-Z]{2} |"
    r"\([A-Z][A-Za-zé]+\) )?[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|"
    r"(?:Co\. [A-Z][a-z]+ |[A-Z][a-z]+ )?[A-Z][0-9]{2} [A-Z0-9]{4}|(?:[A-Z][a-z]+ )?[0-9]{6}|"
    r"[A-Z][a-z]+ [0-9]{5}(?:-[0-9]{4})?|"
    r"[0-9]{4,5} [A-ZÄÖÜ][a-zäöüß]+(?: am [A-Z][a-z]+)?)"
)
# What may stand between a street and its postal code, cut by commas.
_PARTS = r"(?:,? [#A-Z0-9][A-Za-zÀ-ɏ0-9.'’/#-]{0,20}(?: [#A-Za-z0-9][A-Za-zÀ-ɏ0-9.'’/#-]{0,20}){0,3})"
_TOWN_AND_FOUR = (
    r"(?!January|February|March|April|May|June|July|August|September|October|November|December)"
    r"[A-Z][a-z]+ (?!19|20)[0-9]{4}"
)
# Behind a street also New Zealand's four digits are one.
_WITH_CODE = re.compile(rf"{_PARTS}{{0,5}}?(?:,? {_POSTCODE}|, {_TOWN_AND_FOUR})(?![A-Za-z0-9])")
# A number and a name of which only the code says what they are: 4410 Camino del Arroyo, San Diego, CA 92122.
_CODED = re.compile(
    rf"[1-9][0-9]{{0,4}}[A-Za-z]?(?: (?:[A-Z][A-Za-zÀ-ɏ.'’-]{{0,19}}|y|yr|an|na|de|del|la|"
    rf"of|the|el|los|las|du|des)){{1,5}}"
    rf"(?:, [#A-Z0-9][A-Za-z0-9.'’# -]{{0,30}}){{0,3}},? {_POSTCODE}(?![A-Za-z0-9])"
)
_CODE = re.compile(rf"{_POSTCODE}(?![A-Za-z0-9])")
_CODE_BEHIND = re.compile(rf"(?:{_POSTCODE}|, {_TOWN_AND_FOUR})(?![A-Za-z0-9])")
_NUMBERED = re.compile(r"(?<![A-Za-z0-9#.,-])[1-9][0-9]{0,4}[A-Za-z]? (?=[A-Z])")
_REACH = 110
_GERMAN = re.compile(
    r"[A-ZÄÖÜ][A-Za-zäöüß-]{2,24}(?:straße|strasse|str\.|allee|platz|gasse|damm|ufer) [0-9]{1,4} ?[a-z]?"
    r"(?:, (?:[0-9]\. OG|c/o [A-Z]\w+))?(?:, (?:D-|A-|"
    r"CH-)?[0-9]{4,5} [A-ZÄÖÜ][A-Za-zäöüß]+(?: am [A-Z][a-z]+)?)?"
    r"(?![0-9A-Za-z])"
)
# The number and the code behind it; the street stands before: Via Garibaldi 9, 16124 Genova.
_EUROPEAN = re.compile(
    r"(?<= )[0-9]{1,4}(?:-[0-9A-Z]{1,4})? ?[a-zA-Z]?(?:/[0-9]{1,4})?(?:, [^,\n0-9]{0,3}[0-9]{0,2}[^,\n0-9]"
    r"{0,12})?, (?:(?:[A-Z]{1,2}-)?(?:[0-9]{5}|"
    r"[0-9]{3} [0-9]{2}|[0-9]{2}-[0-9]{3}|"
    r"(?!19|20)[0-9]{4}(?: ?[A-Z]{2})?) [A-ZÀ-Ž][A-Za-zà-ž]+(?:[ -][A-ZÀ-Ž][a-zà-ž]+)?|"
    r"(?:Praha|Wien|Budapest|Paris|Dublin|Brno) [0-9]{1,2})(?![0-9A-Za-z])"
)
# 17 bis rue des Tanneurs, 37000 Tours
_FRENCH = re.compile(
    r"[1-9][0-9]{0,3}(?: bis| ter| [A-D])?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|"
    r"quai|cours|route|"
    r"passage|square) [^\n,;]{2,40}(?:, [^\n,]{1,24}){0,2},? (?:[0-9]{5} [A-ZÀ-Ž][A-Za-zÀ-ž-]+|"
    r"(?:[A-ZÀ-Ž][A-Za-zÀ-ž-]+ )?\((?:Québec|Quebec|QC)\) [A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])(?![0-9A-Za-z])"
)
# No. 9, Jalan Ampang Hilir 2, 55000 Kuala Lumpur
_MALAY = re.compile(
    r"(?:No\.? ?|Lot )?[0-9]{1,5}[A-Z]?(?:-[0-9]{1,3})?,? (?:Jalan|Jln\.?|Lorong|Persiaran|"
    r"Lebuh) "
    r"(?:[A-Z][a-z]+|[0-9/]+[A-Z]?)(?: (?:[A-Z][a-z]+|[0-9/]+)){0,4}"
    r"(?:, [A-Z][A-Za-z0-9 ]{1,24}){0,2}(?:, [0-9]{5} [A-Z][a-z]+(?: [A-Z][a-z]+)?)?"
)
# Village Char Kawnia, P.O. Babuganj, Barishal
_VILLAGE = re.compile(
    r"(?:[Vv]illage|VILL\.?|Vill\.?|[Vv]ill\.?) ?:? ?[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+){0,2},? (?:P\. ?O\.|"
    r"PO|P\.O|Post(?: Office)?)"
    r" ?:? ?[A-Z][A-Za-z]+(?:, ?[A-Z][A-Za-z. ]{2,24}){0,3}"
)
# The Old Forge, Mill Lane, Little Wenham, Suffolk IP8 4QX: a house with a name, told by road and code.
_UK_CODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}(?![A-Za-z0-9])")
# 12 May 2019, May 12, 2019: dates are no houses.
_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
)
_DATE = re.compile(
    rf"[0-9]{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTHS}(?! (?:Street|St|Road|Rd|Avenue|Ave|Lane|Drive)\b)"
)
_MONTH_BEFORE = re.compile(rf"{_MONTHS}\.? $")
_COUNTRY = re.compile(
    r", (?:Germany|Deutschland|France|Spain|Italy|Austria|Switzerland|Netherlands|Belgium|Ireland|"
    r"United Kingdom|UK|England|"
    r"Scotland|Wales|USA|United States|Canada|Australia|New Zealand|India|Nigeria|Kenya|South Africa|"
    r"Singapore|Malaysia|"
    r"Vietnam|Poland|Portugal|Sweden|Norway|Denmark|Finland|Mexico|Brazil|China|Hong Kong|Japan)(?![A-Za-z])"
)
_STREET_BEFORE = re.compile(r"[A-ZÀ-Ž][A-Za-zÀ-ž'’.-]{1,24}(?: [A-ZÀ-Ža-zà-ž][A-Za-zÀ-ž'’.-]{0,24}){0,3} $")
_INDIAN = re.compile(
    r"(?:#|\b[A-Z]-(?=[0-9])|(?<![0-9/.])(?![0-9]{1,2}/[0-9]{1,2}/|[0-9]{4}/[0-9]{1,2}\b)(?=[0-9]{1,4}/[0-9])|"
    r"\b(?:Flat |H\.? ?No\.?|House No\.?|Plot No\.?|"
    r"Door No\.?|D\. ?No\.?|Flat No\.?|"
    r"Shop No\.?) ?)[0-9]{1,5}[A-Z]?(?:[/-][0-9A-Z]{1,5}){0,3}"
    r"(?:, ?[A-Z0-9][A-Za-z0-9.'’ -]{1,30}){1,7}?(?:,|-| -|–)? ?[0-9]{3} ?[0-9]{3}(?![0-9])"
)
_CHINESE = re.compile(
    r"(?:(?:Room|Rm\.?|Unit|Flat|Block|Building|Bldg\.?|Floor|Suite|[0-9]{1,2}/F)\.? ?[A-Z0-9-]{0,6}, ?){0,4}"
    r"No\.? ?[0-9]{1,5}(?:-[0-9]{1,4})?,? (?:(?:Lane|Alley) [0-9]{1,5}, )?"
    r"[A-Z][A-Za-z' ]{2,30}(?:Road|Rd\.?|Street|St\.?|Avenue|Ave\.?|Lane|Lu|Jie)"
    r"(?:, ?[A-Z][A-Za-z' ]{2,30}){0,4}(?:,? ?[0-9]{6})?(?![0-9])"
)
# Blk 214 Bishan Street 23, #08-117, Singapore 570214
_SINGAPORE = re.compile(
    r"(?:Blk|Block|"
    r"BLK) [0-9]{1,4}[A-Z]?,? [A-Z][A-Za-z']+(?: [A-Z][A-Za-z']+){0,4}(?: [0-9]{1,3})?(?:,? #[0-9]{2}-[0-9"
    r"]{2,5})?"
    r"(?:,? (?:Singapore|S\()? ?[0-9]{6}\)?)?"
)
# Room 602, Building 11, Lane 455, Kangding Road, Jing'an District, Shanghai
_LANE = re.compile(
    r"(?:(?:Room|Unit|Building|Block|Flat|Floor|"
    r"No\.) ?[A-Z0-9-]{1,6}, ){1,4}Lane [0-9]{1,5}, [A-Z][A-Za-z']+(?: [A-Z][A-Za-z']+){0,2} "
    r"(?:Road|Rd|Street|Avenue|Lu)(?:, [A-Z][A-Za-z']+(?: [A-Z][A-Za-z']+){0,2}){0,3}(?:,? [0-9]{6})?"
)
_UNIT_BEFORE = re.compile(
    r"(?:(?:Flat|Apt\.?|Apartment|Unit|Room|Rm\.?|Suite|Building|Block|House|Villa|Tower|Floor|"
    r"Level|Shop|Lot|No\.?) ?#?[A-Z0-9/-]{1,6}|"
    r"[A-Z][a-z]{2,16}(?: [A-Z][a-z]{2,16})? (?:Court|House|Tower|Towers|Building|Mansions?|Lodge|"
    r"Heights|Apartments|Residences|Cottage|Smithy|Farm|Villas?)|The [A-Z][a-z]{3,12}(?: [A-Z][a-z]{3,12})?)"
    r"(?:,? ?)$"
)
_ROAD = (
    r"Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Way|Terrace|"
    r"Ter|Circle|Cir|Highway|Hwy|Parkway|Pkwy|"
    r"Square|Sq|Crescent|Close|Trail|Alley|Row|Loop|Plaza|Mews|Gardens|Grove|Hill|Walk|Broadway"
)
_STREET = re.compile(
    rf"[1-9][0-9]{{0,5}}[A-Za-z]?(?:[-/][0-9]{{1,4}})? (?:(?:[NSEW]|North|South|East|West|NE|NW|SE|SW)\.? )?"
    rf"(?:(?:[A-ZÀ-Ž][A-Za-zÀ-ž.'’-]{{0,19}}|[0-9]{{1,3}}(?:st|nd|rd|th)|of|de|"
    rf"la) ){{1,4}}(?:{_ROAD})\b\.?(?: (?:[NSEW]|NE|NW|SE|SW)\b\.?)?"
)
_NAMED_HOUSE = re.compile(
    rf"(?:[A-Z0-9][A-Za-z0-9'’-]{{0,15}}(?: [A-Z0-9][A-Za-z'’-]{{0,15}}){{0,3}}, ){{1,2}}"
    rf"[A-Z][A-Za-z'’-]{{1,15}}"
    rf"(?: [A-Z][A-Za-z'’-]{{1,15}}){{0,2}} (?:{_ROAD})(?:, [A-Z][A-Za-z '’-]{{1,24}}){{1,3}}[, ] ?$"
)
_BEFORE_LOWER = re.compile(r"[1-9][0-9]{0,5} [a-z]")
_STREET_LOWER = re.compile(
    rf"[1-9][0-9]{{0,5}} (?:[a-z]{{2,15}} ){{1,3}}(?:{_ROAD.lower()})\b\.?(?=,? (?:apt|unit|suite|"
    rf"#|[A-Za-z]{{2,20}},? [A-Z]{{2}}\b))"
)
_MORE = re.compile(
    r"(?:,? ?(?:(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|Room|Rm|Flat|apt|unit|suite|Building|"
    r"Bldg|Box)\.? ?#?[A-Za-z0-9-]{1,6}\b|#[A-Za-z0-9-]{1,6}\b|[0-9]{1,3}(?:st|nd|rd|"
    r"th) [Ff]loor))?"
    r"(?:(?:,\s?|\s)(?:[A-Z][a-z.'’-]{1,19}(?: [A-Z][a-z.'’-]{1,19}){0,2}))?"
    r"(?:,\s?(?:[A-Z]{2}|"
    r"[A-Z][a-z]{3,12}(?: [A-Z][a-z]{3,9})?)\b\.?)?(?:,? (?:[0-9]{5}(?:-[0-9]{4})?|"
    r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])\b)?"
)
_POBOX = re.compile(
    r"(?:P\.? ?O\.? Box|Post Office Box) [0-9]{1,7}"
    r"(?:,\s?[A-Z][A-Za-z.]{1,19}(?: [A-Z][A-Za-z]{1,19}){0,2},\s?[A-Z]{2}(?: [0-9]{5}(?:-[0-9]{4})?)?)?"
)
# 14B Adeola Odeku Street, Victoria Island, Lagos.
_TOWNS = re.compile(
    r"(?:, (?:Co\. [A-Z][a-z]+|Ward [0-9]{1,2}|District [0-9]{1,2}|"
    r"[A-ZÀ-ž][^\W\d_]+['’]?[^\W\d_]*(?: [A-ZÀ-ž][^\W\d_]+){0,3})){1,4}"
    r"(?=[.;)\n]|, [a-z]|$)"
)
_YEAR = re.compile(r"(?:1[5-9]|20)[0-9]{2} ")
_NO_STREET = re.compile(
    r"(?:[Aa]rticle|[Ss]ection|[Cc]hapter|[Tt]able|[Ff]igure|[Pp]age|[Vv]ersion|[Rr]ule|[Nn]o\.|"
    r"[Ss]tep|[Tt]itle|[Uu]\.?[Ss]\.?C\.?) ?$"
)


def _house(text: str, start: int, end: int) -> Iterator[Finding]:
    """At a number before a capital: a house of a street, a name with a postal code, or a code itself."""
    if _DATE.match(text, start) or _MONTH_BEFORE.search(text, max(0, start - 11), start):
        return
    match = _STREET.match(text, start)
    if match and (street := _street(text, match)):
        yield street
    number = _NUMBERED.match(text, max(start, text.rfind("/", start, end) + 1))
    reach = end + _REACH
    if number and _CODE.search(text, end, reach) and (coded := _CODED.match(text, number.start(), reach)):
        yield _address(text, _with_unit(text, number.start()), coded.end())
    if text[start - 1 : start] in (" ", "-"):
        yield from _european(text, max(0, start - 48), end + 48)


def _street(text: str, match: re.Match[str]) -> Finding | None:
    if _NO_STREET.search(text[max(0, match.start() - 10) : match.start()]):
        return None
    end = _end(text, match.end())
    if end == match.end() and _YEAR.match(match[0]):
        return None
    return _address(text, _with_unit(text, match.start()), end)


def _lower(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _STREET_LOWER.finditer(text, low, high):
        free = not text[max(0, match.start() - 1) : match.start()].isalnum()
        if free and (street := _street(text, match)):
            yield street


def _european(text: str, low: int, high: int) -> Iterator[Finding]:
    for match in _EUROPEAN.finditer(text, low, high):
        street = _STREET_BEFORE.search(text, max(0, match.start() - 80), match.start())
        if street:
            yield _address(text, street.start(), match.end())


def _indian(text: str, start: int, end: int) -> Iterator[Finding]:
    for match in _INDIAN.finditer(text, max(0, start - 160), end):
        if match.end() == end and _WORD.search(match[0]):
            yield _address(text, *match.span())


_WORD = re.compile("[A-Za-z]{3}")


def _british(text: str, start: int, end: int) -> Iterator[Finding]:
    code = _UK_CODE.search(text, max(0, start - 5), end)
    house = _NAMED_HOUSE.search(text, max(0, code.start() - 110), code.start()) if code else None
    if code and house:
        yield _address(text, house.start(), code.end())


def _singapore(text: str, start: int, _: int) -> Iterator[Finding]:
    match = _SINGAPORE.match(text, start)
    if match and ("#" in match[0] or "Singapore" in match[0]):
        yield _address(text, *match.span())


def _as_is(pattern: re.Pattern[str]) -> Find:
    def find(text: str, low: int, high: int) -> Iterator[Finding]:
        for match in pattern.finditer(text, low, high):
            yield _address(text, _with_unit(text, match.start()), match.end())

    return find


def _address(text: str, start: int, end: int) -> Finding:
    """With the country behind it."""
    country = _COUNTRY.match(text, end)
    return Finding(start, country.end() if country else end, "address")


def _end(text: str, end: int) -> int:
    """Where the address ends whose street ends at `end`: behind flat, town, state and code."""
    more = _MORE.match(text, end)
    last = more.end() if more and _belongs(more[0]) else end
    if towns := _TOWNS.match(text, end, end + _REACH):
        last = max(last, towns.end())
    if _CODE_BEHIND.search(text, end, end + _REACH) and (coded := _WITH_CODE.match(text, end, end + _REACH)):
        last = max(last, coded.end())
    return last


def _with_unit(text: str, start: int) -> int:
    """Where the address begins with what stands before its street: a flat, the name of a house."""
    for _ in range(4):
        unit = _UNIT_BEFORE.search(text, max(0, start - 48), start)
        if unit is None or unit.start() == start:
            break
        start = unit.start()
    return start


def _belongs(more: str) -> bool:
    """Whether what follows a street is a flat, a town with its state, or a code, not the next sentence."""
    return bool(re.search(r"[0-9]|, ?[A-Z]{2}\b|^, [A-Z][a-z]+(?:,|$)", more))


_LOWER_ROADS = tuple(
    f" {road}{end}"
    for road in listed("street st avenue ave road rd boulevard blvd lane ln drive dr court")
    for end in " ,."
)
_FRENCH_ROADS = tuple(
    f"{end} {road} "
    for end in ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "bis", "ter", "a", "b", "c", "d", ",")
    for road in listed(
        "rue avenue av. boulevard bd place chemin allée impasse quai cours route passage square"
    )
)
_NUMBERS = "123456789"
DETECTORS = (
    Detector(_house, shape="house"),
    Detector(_indian, shape="india"),
    Detector(_british, shape="britain"),
    Detector(_lower, _LOWER_ROADS, merged=True, before=60, after=30, needs=_BEFORE_LOWER),
    Detector(
        _european,
        ("praha ", "wien ", "budapest ", "paris ", "dublin ", "brno "),
        merged=True,
        before=40,
        after=4,
        needs=DIGIT,
    ),
    Detector(
        _as_is(_GERMAN),
        ("straße ", "strasse ", "str. ", "allee ", "platz ", "gasse ", "damm ", "ufer "),
        merged=True,
        before=30,
        after=60,
        needs=DIGIT,
    ),
    Detector(_as_is(_FRENCH), _FRENCH_ROADS, merged=True, before=10, after=100),
    Detector(
        _as_is(_CHINESE),
        tuple(f"no{gap}{one}" for gap in (".", ". ", " ") for one in _NUMBERS),
        merged=True,
        before=60,
        after=160,
    ),
    Detector(_singapore, tuple(f"{block} {one}" for block in ("blk", "block") for one in _NUMBERS)),
    Detector(_as_is(_LANE), tuple(f" lane {one}" for one in _NUMBERS), merged=True, before=60, after=110),
    Detector(
        _as_is(_MALAY),
        ("jalan ", "jln", "lorong ", "persiaran ", "lebuh "),
        merged=True,
        before=16,
        after=110,
    ),
    Detector(_as_is(_VILLAGE), ("village ", "vill ", "vill."), merged=True, before=1, after=120),
    Detector(_as_is(_POBOX), tuple(f"box {one}" for one in _NUMBERS), merged=True, before=12, after=60),
)
