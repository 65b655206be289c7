"""English names: capitalised words of which one is a known given name, or that a title or phrase proves.

A pair such as `Grant Program` or `Virginia Beach` opens like a name; what a place, an institution or a
theorem is called after a person is not the person. A lone given name needs someone who speaks, greets
or signs. A model for names finds more; one can be given (`redact.ner`). Capitalised words are gone
through once, with a look into a set for each: patterns of hundreds of names would be slow.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_lists import AMBIGUOUS, FAMILIES, MEN, NOT_FAMILIES, PINYIN, WOMEN

_FAMILIES = frozenset(FAMILIES)
_GIVEN = MEN | WOMEN
_OPENING = _GIVEN | PINYIN
_TITLES = frozenset(
    [
        "Mr",
        "Mrs",
        "Ms",
        "Miss",
        "Mx",
        "Dr",
        "Prof",
        "Professor",
        "Judge",
        "Justice",
        "Officer",
        "Detective",
        "Sergeant",
        "Sgt",
        "Capt",
        "Captain",
        "Lt",
        "Rev",
        "Father",
        "Sister",
        "Nurse",
        "Doctor",
        "Madam",
        "Sir",
        "Aunt",
        "Uncle",
        "Coach",
    ]
)
_WORD = r"(?:[A-Z][a-z]{1,14}(?:['’-]?[A-Z][a-z]{1,12})?|O['’][A-Z][a-z]{2,12}|Mc[A-Z][a-z]{2,12})"
_CAPITAL = re.compile(r"[A-Z][a-z]{1,14}")
_SEQUENCE = re.compile(
    rf"{_WORD}(?: (?:(?:[A-Z]\.|van|de|von|der|den|bin|al|la|el|da|di|del) ){{0,2}}{_WORD}){{1,3}}"
)
_TITLED = re.compile(rf"\.? ((?:[A-Z]\. ?){{0,2}}{_WORD}(?: (?:[A-Z]\. )?{_WORD}){{0,2}})")
_FINAL = (
    "(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|"
    "ui|un|uo|ve|[aeiouv])"
)
_SYLLABLE = rf"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?{_FINAL}"
_SYLLABLES = re.compile(rf"{_SYLLABLE}(?:-?{_SYLLABLE})?", re.I)
_SAYS = re.compile(
    r"(?:[Mm]y name is|[Mm]y name's|\b[Nn]ame(?: is|:)|\bI am|\bI['’]m|\b[Tt]his is|[Cc]alled me|"
    r"\b[Dd]ear|\bHi|\bHello|\bHey|\bThanks,?|[Tt]hank you,|Regards,|Sincerely,|"
    r"Cheers,|Best,|Yours,|[Aa]ttn:?|ATTN:?|[Ss]igned(?: by|,)?|(?:[Ss]poke|[Ss]peak|[Tt]alk|"
    r"[Tt]alked|[Tt]alking|[Ss]peaking|[Mm]et) (?:to|with)|\b[Aa]sk(?:ed)?(?: for)?|\b[Rr]each|"
    r"\b[Cc]all(?:ed)?|\b[Pp]hone|\b[Tt]ext|\b[Vv]isit|\b[Hh]elp|\b[Tt]ell|\b[Tt]old|\b[Mm]et|"
    r"\b[Ee]mail|\b[Pp]ay|\b[Nn]otify|[Nn]amed|[Cc]ontact(?: person| name)?:?|"
    r"\b(?:[Pp]atient|[Cc]ustomer|[Ee]mployee|[Cc]lient|[Tt]enant|[Pp]laintiff|[Dd]efendant|"
    r"[Ww]itness|[Aa]gent|[Bb]orrower|[Ll]essee|[Ll]essor|[Bb]eneficiary|[Aa]pplicant|[Gg]uest|"
    r"[Pp]assenger|[Dd]river|[Cc]ardholder|[Rr]ecipient|[Ss]tudent|[Ss]ender|[Aa]uthor|[Ww]ife|"
    r"[Hh]usband|[Ss]on|[Dd]aughter|[Bb]rother|[Ss]ister|[Ff]riend|[Bb]oss|[Cc]olleague|"
    r"[Cc]oworker|[Nn]eighbou?r|[Mm]anager|[Dd]octor|[Ll]andlord|[Mm]other|[Ff]ather|[Mm]om|"
    r"[Dd]ad|[Pp]artner|[Rr]oommate|[Tt]eacher|[Cc]ousin|[Uu]ncle|[Aa]unt)(?: name)?(?:,|:)?|"
    r"[Aa]ccount holder:?|[Ff]ull name:?|[Ss]hip to:?|[Bb]ill to:?|[Ff]rom:|[Tt]o:|[Cc]c:)[ \n]{1,2}$"
)
_SPEAKS = re.compile(
    r"(?:'s|’s)? (?:said|says|called|told|asked|works|worked|lives|lived|wrote|moved|sent|left|"
    r"replied|joined|paid|bought|ordered|signed|thinks|wants|wanted|needs|"
    r"forgot|lost|will|is(?! an? )|was|has|had|can|could|phone|email|account|address|birthday|number|from)\b"
)
_PROVES = re.compile(
    r"(?:[Nn]ame|is|by|witness|[Cc]ontact|[Pp]atient|[Cc]ustomer|tenant|employee|with|Dear|Attn|"
    r"to|from|named|for|and|,|called|defendant|plaintiff|agent|[:|\t\n])\.? ?$"
)
_AFTER = re.compile(
    r"(?:'s|’s)? (?:said|says|called|wrote|has|had|is|was|will|and|asked|told|moved|lives|lived|"
    r"works|worked|joined|paid|at|of|from|on|in|to|with|for|described|can|could|sent|signed|"
    r"ordered|born|\(|<)|"
    r"[,|;:\t\n.)]|$|'s|’s"
)
_NEXT_WORD = re.compile(r" ([A-Z][a-z]+)")


def find(text: str) -> Iterator[Finding]:
    """Names of two words and more, names behind titles and phrases, given names of who acts."""
    reached = 0
    for match in _CAPITAL.finditer(text):
        word, start = match[0], match.start()
        if start < reached or (word not in _OPENING and word not in _TITLES):
            continue
        if _is_code(text, start):
            continue
        found = _titled(text, match.end()) if word in _TITLES else _at(text, start)
        if found:
            reached = found.end
            yield found


def _is_code(text: str, start: int) -> bool:
    """Whether the word is a part of an identifier, a path or an address: my.Name, x/Name, @Name."""
    left = text[start - 1 : start] if start else ""
    if left in (".", "-"):
        return text[max(0, start - 2) : start - 1].isalnum()
    return left != "" and left.isascii() and (left.isalnum() or left in "_/@#")


def _titled(text: str, end: int) -> Finding | None:
    match = _TITLED.match(text, end)
    if match is None:
        return None
    words = match[1].split()
    if words[-1] in NOT_FAMILIES and not (len(words) > 1 and words[-1] in _FAMILIES):
        return None
    return Finding(*match.span(1), "name")


def _at(text: str, start: int) -> Finding | None:
    """The name that begins here: the longest run of words that is one, else a given name of who acts."""
    match = _SEQUENCE.match(text, start)
    if match:
        words = [(part[0], start + part.end()) for part in re.finditer(r"\S+", match[0])]
        for count in range(len(words), 1, -1):
            if _is_name([word for word, _ in words[:count]], text, start, words[count - 1][1]):
                return Finding(start, words[count - 1][1], "name")
    single = _CAPITAL.match(text, start)
    if single is None or single[0] not in _GIVEN or single[0] in NOT_FAMILIES:
        return None
    end = single.end()
    following = _NEXT_WORD.match(text, end)
    alone = following is None or (following[1] in NOT_FAMILIES and following[1] in _GRAMMAR)
    if alone and _SAYS.search(text[max(0, start - 26) : start]):
        return Finding(start, end, "name", sure=False)
    if alone and single[0] not in AMBIGUOUS and _SPEAKS.match(text, end):
        return Finding(start, end, "name", sure=False)
    return None


_GRAMMAR = frozenset(
    [
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
        "I",
        "He",
        "She",
        "It",
        "We",
        "They",
        "You",
        "My",
        "Your",
    ]
)


def _is_name(words: list[str], text: str, start: int, end: int) -> bool:
    first, last = words[0], words[-1]
    family = last in _FAMILIES and first in _GIVEN - AMBIGUOUS
    if (
        first in NOT_FAMILIES
        or last.islower()
        or any(word in NOT_FAMILIES for word in words[: -1 if family else None])
    ):
        return False
    following = _NEXT_WORD.match(text, end)
    if following and following[1] in NOT_FAMILIES and following[1] not in _GRAMMAR:
        return False
    score = 0.0
    if first in _GIVEN:
        score += 1.5 if first in AMBIGUOUS else 2.5
    if not _FAMILIES.isdisjoint(last.split("-")):
        score += 1.5
    if (first in PINYIN and _SYLLABLES.fullmatch(last)) or (last in PINYIN and _SYLLABLES.fullmatch(first)):
        score += 2.5
    if any(len(word) == 2 and word[1] == "." for word in words[1:-1]):
        score += 1.0
    score += 0.5 * bool(_PROVES.search(text[max(0, start - 12) : start])) + 0.5 * bool(
        _AFTER.match(text, end)
    )
    if len(words) > 3 and not any(word[0].islower() or word.endswith(".") for word in words[1:-1]):
        return False
    return score >= 3.0
