"""English names: capitalised words of which one is a known given name, or that a title or phrase proves.

A pair such as `Grant Program` or `Virginia Beach` opens like a name; what a place, an institution or a
theorem is called after a person is not the person. A lone given name needs someone who speaks, greets
or signs. A model for names finds more; it can be given (`redact.ner`).
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import FAMILIES, MEN, WOMEN

_FAMILIES = frozenset(FAMILIES)
_GIVEN = MEN | WOMEN
_PINYIN = frozenset(
    [
        "Wang",
        "Li",
        "Zhang",
        "Liu",
        "Chen",
        "Yang",
        "Huang",
        "Zhao",
        "Wu",
        "Zhou",
        "Xu",
        "Sun",
        "Ma",
        "Zhu",
        "Hu",
        "Guo",
        "He",
        "Lin",
        "Gao",
        "Luo",
        "Zheng",
        "Liang",
        "Xie",
        "Song",
        "Tang",
        "Deng",
        "Feng",
        "Han",
        "Cao",
        "Zeng",
        "Peng",
        "Xiao",
        "Cai",
        "Pan",
        "Tian",
        "Dong",
        "Yuan",
        "Yu",
        "Ye",
        "Jiang",
        "Du",
        "Su",
        "Wei",
        "Cheng",
        "Lu",
        "Ding",
        "Shen",
        "Ren",
        "Yao",
        "Zhong",
        "Cui",
        "Tan",
        "Fan",
        "Liao",
        "Shi",
        "Jin",
        "Jia",
        "Xia",
        "Fu",
        "Fang",
        "Zou",
        "Xiong",
        "Bai",
        "Meng",
        "Qin",
        "Qiu",
        "Hou",
        "Xue",
        "Yan",
        "Lei",
        "Long",
        "Tao",
        "He",
        "Mao",
        "Hao",
        "Gu",
        "Gong",
        "Shao",
        "Wan",
    ]  # noqa: E501
)
_SYLLABLES = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:i?a(?:ng?|o|i)?|i?ong|u?ang?|uai?|u?o|ou|e(?:i|ng?|r)?|i(?:e|ng?|u|an)?|u(?:i|n|e|an)?|ve?)){1,2}$",
    re.I,
)
_AMBIGUOUS = frozenset(
    [
        "Mark",
        "Will",
        "Grace",
        "Rose",
        "Virginia",
        "Christian",
        "Jordan",
        "Joy",
        "Hope",
        "Faith",
        "Art",
        "Bill",
        "Frank",
        "Grant",
        "Dean",
        "Chase",
        "Cole",
        "Hunter",
        "Mason",
        "Madison",
        "Austin",
        "Daisy",
        "Lily",
        "Poppy",
        "Crystal",
        "Amber",
        "Jasmine",
        "Carol",
        "Ray",
        "Rich",
        "Drew",
        "Max",
        "Nick",
        "Pat",
        "Sandy",
        "Sue",
        "Robin",
        "Dale",
        "Glenn",
        "Cliff",
        "Victor",
        "Ivy",
        "April",
        "May",
        "June",
        "August",
        "Summer",
        "Autumn",
        "Mercedes",
        "Paris",
        "Charlotte",
        "Florence",
        "Sydney",
        "Chelsea",
        "Savannah",
        "Georgia",
        "Carolina",
        "Victoria",
        "Logan",
        "Tyler",
        "Tiffany",
        "Mary",
        "Ruby",
        "Perl",
        "Jean",
        "Luc",
        "Mei",
        "Ling",
        "Nia",
        "Ada",
        "Alan",
        "Long",
    ]  # noqa: E501
)
_NOT_FAMILY = frozenset(
    [
        "University",
        "College",
        "School",
        "Institute",
        "Academy",
        "Hospital",
        "Clinic",
        "Center",
        "Centre",
        "Foundation",
        "Society",
        "Association",
        "Museum",
        "Library",
        "Church",
        "Cathedral",
        "Chapel",
        "Temple",
        "Street",
        "Road",
        "Avenue",
        "Lane",
        "Drive",
        "Park",
        "Square",
        "Bridge",
        "Tower",
        "Hall",
        "House",
        "Building",
        "Airport",
        "Station",
        "Port",
        "Harbor",
        "Harbour",
        "Beach",
        "Island",
        "Islands",
        "Lake",
        "River",
        "Creek",
        "Bay",
        "Mountain",
        "Mount",
        "Mountains",
        "Valley",
        "Canyon",
        "County",
        "City",
        "Town",
        "Village",
        "State",
        "States",
        "Province",
        "District",
        "Region",
        "Republic",
        "Kingdom",
        "Empire",
        "Territory",
        "Coast",
        "Ocean",
        "Sea",
        "Act",
        "Law",
        "Bill",
        "Treaty",
        "Agreement",
        "Program",
        "Programme",
        "Project",
        "Award",
        "Prize",
        "Medal",
        "Cup",
        "League",
        "Trophy",
        "Day",
        "Week",
        "Month",
        "Year",
        "Period",
        "Era",
        "War",
        "Battle",
        "Revolution",
        "Party",
        "Theorem",
        "Lemma",
        "Equation",
        "Law",
        "Effect",
        "Method",
        "Model",
        "Algorithm",
        "Test",
        "Distribution",
        "Number",
        "Numbers",
        "Function",
        "Transform",
        "Process",
        "Chain",
        "Chains",
        "Scale",
        "Index",
        "Principle",
        "Syndrome",
        "Disease",
        "Disorder",
        "Reaction",
        "Cycle",
        "License",
        "Licence",
        "Inc",
        "Corp",
        "Ltd",
        "LLC",
        "Company",
        "Group",
        "Bank",
        "Press",
        "Times",
        "Post",
        "News",
        "Journal",
        "Magazine",
        "Review",
        "Books",
        "Music",
        "Records",
        "Studios",
        "Pictures",
        "Films",
        "Show",
        "Theatre",
        "Theater",
        "Hotel",
        "Inn",
        "Restaurant",
        "Cafe",
        "Bar",
        "Store",
        "Shop",
        "Market",
        "Mall",
        "Motors",
        "Airlines",
        "Systems",
        "Software",
        "Technologies",
        "Services",
        "Service",
        "Server",
        "Client",
        "Manager",
        "Editor",
        "Studio",
        "Cloud",
        "Web",
        "Code",
        "Script",
        "Language",
        "Database",
        "Table",
        "Tables",
        "Book",
        "Bible",
        "Testament",
        "Psalm",
        "Gospel",
        "Eve",
        "And",
        "Or",
        "The",
        "Of",
        "In",
        "On",
        "At",
        "To",
        "For",
        "With",
        "From",
        "By",
        "As",
        "If",
        "But",
        "Not",
        "Is",
        "Are",
        "Was",
        "Were",
        "Be",
        "Has",
        "Have",
        "Will",
        "Would",
        "Can",
        "Could",
        "May",
        "Might",
        "Shall",
        "Should",
        "Must",
        "Do",
        "Does",
        "Did",
        "He",
        "She",
        "It",
        "We",
        "They",
        "You",
        "I",
        "My",
        "Your",
        "His",
        "Her",
        "Our",
        "Their",
        "This",
        "That",
        "These",
        "Those",
        "Who",
        "What",
        "When",
        "Where",
        "Why",
        "How",
        "There",
        "Here",
        "Then",
        "Than",
        "So",
        "No",
        "Yes",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Tech",
        "Lee",
        "Union",
        "Bay",
        "Cross",
        "Garden",
        "Gardens",
        "Hills",
        "Springs",
        "Falls",
        "Heights",
        "Point",
        "Fort",
        "Rock",
        "Wood",
        "Cove",
        "Vista",
        "Road",
        "Dynasty",
        "Emperor",
        "Up",
        "Down",
        "Down's",
        "Read",
        "Write",
        "Dependencies",
    ]  # noqa: E501
) - {"Lee", "Wood", "Rock"}
_WORD = r"[A-Z][a-z]{1,14}(?:['’-]?[A-Z][a-z]{1,12})?|O['’][A-Z][a-z]{2,12}|Mc[A-Z][a-z]{2,12}"
_SEQUENCE = re.compile(
    rf"(?:{_WORD})(?: (?:(?:[A-Z]\.|van|de|von|der|den|bin|al|la|el|da|di|del) ){{0,2}}(?:{_WORD})){{1,3}}"
)
_TITLED = re.compile(
    rf"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Judge|Justice|Officer|Detective|Sergeant|Sgt|Capt|Captain|Lt|Rev|Father|Sister|Nurse|Doctor|Madam|Sir|Aunt|Uncle|Coach)\.? ((?:[A-Z]\. ?){{0,2}}(?:{_WORD})(?: (?:[A-Z]\. )?(?:{_WORD})){{0,2}})"
)
_SAYS = re.compile(
    rf"(?:[Mm]y name is|[Mm]y name's|\b[Nn]ame ?(?:is|:)|I am|I'm|I’m|[Tt]his is|[Cc]alled me|[Dd]ear|\bHi|Hello|Hey|Thanks,|Thank you,|Regards,|Sincerely,|Cheers,|Best,|Yours,|[Aa]ttn:?|ATTN:?|[Ss]igned(?: by|,)?|"
    rf"[Ss]poke (?:to|with)|[Ss]peak (?:to|with)|[Tt]alk(?:ed)? to|[Aa]sk for|[Cc]ontact(?: person)?:?|[Pp]atient(?: name)?:?|[Cc]ustomer(?: name)?:?|[Ee]mployee(?: name)?:?|[Cc]lient:?|[Cc]ardholder(?: name)?:?|[Rr]ecipient:?|[Aa]ccount holder:?|"
    rf"[Mm]y (?:wife|husband|son|daughter|brother|sister|friend|boss|colleague|coworker|neighbou?r|manager|doctor|landlord|mother|father|mom|dad|partner|roommate|teacher|student)|(?:our|the) (?:colleague|tenant|patient|defendant|plaintiff|client|manager)|"
    rf"[Tt]enant:?|[Pp]laintiff:?|[Dd]efendant:?|[Ww]itness:?|[Ff]ull name:?|[Ss]hip to:?|[Bb]ill to:?|[Ee]mail|[Tt]ell|[Aa]sked?|[Mm]et|[Ff]rom:|[Tt]o:|[Cc]c:|[Aa]gent:?|[Nn]amed|[Bb]orrower:?|[Ll]essee:?|[Ll]essor:?|[Bb]eneficiary:?|[Aa]pplicant:?|[Gg]uest:?|[Pp]assenger:?)[ \n]{{1,2}}((?:{_WORD})(?: (?:[A-Z]\. )?(?:{_WORD})){{0,2}})"
)
_LONE = re.compile(
    rf"(?:{'|'.join(sorted(_GIVEN - _AMBIGUOUS, key=len, reverse=True))})(?=(?:'s|’s)? (?:said|says|called|told|asked|works|worked|lives|lived|wrote|moved|sent|left|replied|joined|paid|bought|ordered|signed|thinks|wants|wanted|needs|forgot|lost|will|is|was|has|had|and I|can|could|phone|email|account|address|birthday|number|from)\b)"
)
_PROVES = re.compile(
    r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Name|name|is|by|contact|Contact|patient|Patient|customer|Customer|tenant|employee|with|Dear|Attn|to|from|named|for|and|,|called|defendant|plaintiff|agent|:|\||\t)\.? ?$"
)
_AFTER = re.compile(
    r"(?:'s|’s)? (?:said|says|called|wrote|has|had|is|was|will|and|asked|told|moved|lives|lived|works|worked|joined|paid|at|of|from|on|can|could|sent|signed|ordered|born|\(|<)|[,|;:\t\n.)]|$|'s"
)


def find(text: str) -> Iterator[Finding]:
    """Names of two words and more, names behind titles and phrases, given names of who acts."""
    for match in _SEQUENCE.finditer(text):
        yield from _in_sequence(text, match)
    for match in _TITLED.finditer(text):
        if _own(match[1].split()[-1]):
            yield Finding(*match.span(1), "name")
    for match in _SAYS.finditer(text):
        words = match[1].split()
        if words[0] in _GIVEN and words[0] not in _NOT_FAMILY:
            size = (
                len(match[1])
                if all(_own(word) or word.endswith(".") for word in words[1:])
                else len(words[0])
            )
            yield Finding(match.start(1), match.start(1) + size, "name", sure=size > len(words[0]))
    for match in _LONE.finditer(text):
        left = text[max(0, match.start() - 1) : match.start()]
        if not left.isalnum() and left not in ("-", "_", "/", "."):
            yield Finding(*match.span(), "name", sure=False)


def _in_sequence(text: str, match: re.Match[str]) -> Iterator[Finding]:
    words = [(part[0], match.start() + part.start()) for part in re.finditer(r"\S+", match[0])]
    at = 0
    while at < len(words):
        first, start = words[at]
        taken = at
        for last in range(len(words) - 1, at, -1):
            if _is_name(
                [word for word, _ in words[at : last + 1]], text, start, words[last][1] + len(words[last][0])
            ):
                yield Finding(start, words[last][1] + len(words[last][0]), "name")
                taken = last
                break
        at = taken + 1


def _is_name(words: list[str], text: str, start: int, end: int) -> bool:
    first, last = words[0], words[-1]
    if not _own(first) or not _own(last) or last.islower() or any(word in _NOT_FAMILY for word in words):
        return False
    following = re.match(r" ([A-Z][a-z]+)", text[end : end + 16])
    if (
        following
        and following[1] in _NOT_FAMILY
        and following[1][0].isupper()
        and following[1] not in ("Is", "Was")
    ):
        return False
    score = 0.0
    if first in _GIVEN:
        score += 1.5 if first in _AMBIGUOUS else 2.5
    if last in _FAMILIES:
        score += 1.5
    if (first in _PINYIN and _SYLLABLES.match(last)) or (last in _PINYIN and _SYLLABLES.match(first)):
        score += 2.0
    if any(re.fullmatch(r"[A-Z]\.", word) for word in words[1:-1]):
        score += 1.0
    score += 0.5 * bool(_PROVES.search(text[max(0, start - 12) : start])) + 0.5 * bool(
        _AFTER.match(text, end)
    )
    if len(words) > 3 and not any(word[0].islower() or word.endswith(".") for word in words[1:-1]):
        return False
    return score >= 3.0


def _own(word: str) -> bool:
    return word not in _NOT_FAMILY and len(word) > 1
