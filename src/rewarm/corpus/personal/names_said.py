"""Names that a form, a letter's head or a ticket says: labelled, last name first, in capitals.

`Name: Nakagawa, Emi`, `"payee": "M. Achterberg"`, `From: Ann Lee <a@b.org>`, `KOWALCZYK/PIOTR MR`.
A label alone proves nothing (`name: node-exporter`), so the value must be made of words that a name is
made of; a label that only persons bear asks for less.
"""

import re
from collections.abc import Iterator

from rewarm.corpus.personal.context_en import CLOSINGS
from rewarm.corpus.personal.finding import Finding, has_han, near_words
from rewarm.corpus.personal.name_lists import SURNAMES, words
from rewarm.corpus.personal.name_words import is_phrase, kind
from rewarm.corpus.personal.names_en import LETTER, PARTICLES, UPPER
from rewarm.corpus.personal.syllables import is_syllables

_PERSONS = (
    "full name|first names?|last name|given names?|family name|surname|forename|middle name|maiden name|"
    "customer name|patient name|passenger name|guest name|employee name|student name|contact name|"
    "(?:card|account|policy|license|licence) ?holder|holder|payee|guest|patient|passenger|traveller|traveler|"
    "reporter|requester|requestor|assignee|beneficiary|recipient|consignee|consignor|"
    "contact person|applicant|"
    "insured|next of kin|nok|emergency contact|owner of record|registered keeper|keeper|landlord|tenant|"
    "employee|driver|witness|plaintiff|defendant|claimant|complainant|respondent|petitioner|physician|"
    "attending|surgeon|ship to|bill to|deliver to|sold to|attn|attention|prepared by|approved by|"
    "submitted by|signed by|interviewer|interviewee|supervisor|line manager|agent name|caller|member|"
    "(?:acct|a/c|acc) holder|shipper|payer|remitter|names? on (?:the )?booking|name on (?:the )?(?:file|"
    "card|account|booking)|name of (?:the )?"
    "(?:traveller|traveler|patient|passenger|insured|account holder|applicant|employee|child)|"
    "first_name|last_name|full_name|fullname|firstname|lastname|customer_name|patient_name|"
    "pt|s/o|d/o|w/o|c/o"
)
_FIELD = re.compile(
    rf"(?<![{LETTER}])({_PERSONS}|(?:user )?name)(?P<close>[\"']?)(?: ?[:=：|]|"
    rf"(?<=[sdwcSDWC]/[oO])) ?\n?[\"'“]?"
    rf"([{LETTER}][{LETTER}'’. -]{{0,40}}(?:, ?[{UPPER}][{LETTER}'’. -]{{0,24}})?)",
    re.I,
)
# `Last name Castellanos, first name Reuben`, `name on card E J Thornbury`: without a sign between.
_UNMARKED = re.compile(
    rf"\b((?:[Ff]irst|[Ll]ast|[Gg]iven|[Ff]amily|[Mm]aiden|[Mm]iddle|[Ss]ur) ?name|"
    rf"[Nn]ames? on (?:the )?(?:card|file|account|booking))"
    rf"( (?:is )?)([{UPPER}][{LETTER}'’-]{{0,20}}(?: [{UPPER}][{LETTER}.'’-]{{0,20}}){{0,3}})"
)
# The last words of the labels: looked up before the pattern is tried.
_FIELD_ENDS = frozenset(words("english_field_ends"))
_SEPARATOR = re.compile(r"[:=：|]")
# Father of, husband of, care of: S/o Ramesh Chandra Tiwari.
_OF = ("s/o ", "d/o ", "w/o ", "c/o ")
_LAST_LABEL = re.compile(r"([a-z_]+)[\"' /]{0,2}$")
_PARTICLES = frozenset(PARTICLES.split("|"))
_COMPANY = frozenset(words("company_words"))
_TITLES = frozenset(f"{title}{dot}" for title in words("english_titles") for dot in ("", "."))
_MAILED = re.compile(r"[\"']? <[^@\s<>]{1,64}@")
_WROTE = re.compile(r" (?:wrote|schrieb|a écrit)(?: ?:|$)", re.M)
_BEFORE_MAIL = re.compile(rf"[{UPPER}][{LETTER}'’. ,-]{{2,40}}$")
_CAPITALS = re.compile(
    r"(?<![A-Za-z0-9_])([A-Z][A-Z'-]{1,24}(?: [A-Z]{2,24})?/[A-Z][A-Z ]{1,24}?)"
    r"(?= ?(?:MR|MRS|MS|MISS|MSTR|DR|CHD|INF|pax)\b)|"
    r"(?:(?<=assenger )|(?<=pax )|(?<=旅客)|(?<=乘客)|(?<=姓名)|"
    r"(?<=姓名[：:]))([A-Z][A-Z'-]{1,24}/[A-Z]{2,24})(?![A-Za-z])"
)
_TRAVEL = ("MR ", "MS ", "MRS ", "MISS ", "older", "uest", "assenger", "ayee", "raveller", "ame:", "ame ")
# Beside a Chinese label or title, and how machines write who travels: 旅客 GONG LEI, MR GONG LEI.
_PINYIN = re.compile(
    r"(?:[：:，,；;、①-⑳]|[0-9]\. |[\u4e00-\u9fff](?:[：:/ （(]|[Nn]ame[：: ]){0,3}|"
    r"(?:MR|MS|MRS|MISS)[ ./]{1,3}|(?:[Nn]ame|"
    r"[Hh]older|[Gg]uest|[Pp]assenger|[Pp]ayee|[Tt]raveller)[：:/ ]{1,2})"
    r"((?!MR |MS |MRS |MISS )[A-Z]{2,7},? [A-Z][A-Za-z]{1,6}(?:[ -]?[A-Z]?[A-Za-z]{1,6})?)(?![A-Za-z0-9])"
)
_LAST_FIRST = re.compile(
    rf"(?:^|[|\t] ?)([{UPPER}][{LETTER}'’-]{{1,20}}, (?:[{UPPER}][{LETTER}'’-]{{1,16}}|"
    rf"[A-Z]\.)(?: [A-Z]\.?)?)(?= ?(?:[|\t]|$))",
    re.M,
)
# "Haile, Selamawit",P5 as a CSV quotes what has a comma.
_LAST_FIRST_QUOTED = re.compile(
    rf'(?:^|[,;|\t])"([{UPPER}][{LETTER}\'’-]{{0,20}}(?: [{UPPER}][{LETTER}\'’-]{{1,20}})?, '
    rf'[{UPPER}][{LETTER}\'’.-]{{1,16}}(?: [A-Z]\.?)?)"(?=[,;|\t]|$)',
    re.M,
)
# YIP, Tsz Kwan
_CANTONESE = re.compile(r"\b([A-Z]{2,8}, [A-Z][a-z]{1,6}[ -][A-Z]?[a-z]{1,6})(?![A-Za-z])")
# FAIRWEATHER, JOLENE T
_LAST_FIRST_CAPITALS = re.compile(
    r"(?<!, )\b([A-Z][A-Z'-]{2,20}, [A-Z]{4,14}(?: [A-Z]\.?)?)(?![A-Za-z0-9 )]|, [A-Z]{2})"
)
_NICKNAME = re.compile(
    rf"([{UPPER}][{LETTER}-]{{2,16}}) [\"“(][{UPPER}][a-z]{{1,12}}[\"”)] ([{UPPER}][{LETTER}'’-]{{2,20}})"
)
# Henderson先生; 患者：Nguyen Thi Lan.
_WITH_CHINESE = re.compile(
    rf"([{UPPER}][a-zà-ž]{{1,14}}(?: [{UPPER}][a-zà-ž]{{1,14}}){{0,2}}) ?(?=先生|女士|小姐|太太|"
    rf"老师|医生|教授|经理)|"
    rf"(?:姓名|患者|客户|联系人|乘客|旅客|收款人|收件人|收货人|签字|本人|跟|由|请|和|给|找|好)[：: ]{{0,2}}"
    rf"([{UPPER}][a-zà-ž'’-]{{2,14}}(?: [{UPPER}][a-zà-ž'’-]{{1,14}}){{0,3}})"
)
# Vivian 柯: a given name of English before a Chinese surname.
_MIXED = re.compile(rf"([{UPPER}][a-z]{{2,12}} [{SURNAMES}])(?![\u4e00-\u9fff]{{0,1}}[市省县区路街])")
_SPACES = re.compile(r" {2,}| - | -$|\. [A-Z][a-z]{2}")
_BY_NAME_ONLY = re.compile(r"(?:user )?name", re.I)


def find(text: str, folded: str) -> Iterator[Finding]:
    """Names by what stands around them; folded: the text in small letters."""
    reached = 0
    for separator in _SEPARATOR.finditer(folded):
        at = separator.start()
        label = _LAST_LABEL.search(folded, max(0, at - 20), at)
        if label is None or label[1] not in _FIELD_ENDS:
            continue
        for match in _FIELD.finditer(text, max(reached, at - 40), at + 90):
            end = _value_end(text, match, match[1])
            if end:
                reached = end
                yield Finding(match.start(3), end, "name")
    for match in near(text, folded, _OF, _FIELD, 90, 2):
        if end := _value_end(text, match, match[1]):
            yield Finding(match.start(3), end, "name")
    for match in near(text, folded, ("name ", "names on "), _UNMARKED, 100, 12):
        if end := _value_end(text, match, "surname"):
            yield Finding(match.start(3), end, "name")
    for pattern, marks in ((_MAILED, (" <",)), (_WROTE, (" wrote", " schrieb", " a écrit"))):
        for match in near(text, folded, marks, pattern, 80, 2):
            writer = _BEFORE_MAIL.search(text, max(0, match.start() - 42), match.start())
            if writer and is_person(writer[0].replace(",", "").split(), asks=0):
                yield Finding(*writer.span(), "name")
    for match in near(text, text, ("/",), _CAPITALS, 48, 56):
        found = (match[1] or match[2]).rstrip()
        start = match.start(1) if match[1] else match.start(2)
        yield Finding(start, start + len(found), "name")
    for match in _LAST_FIRST.finditer(text) if ", " in text else ():
        names = match[1].replace(",", "").split()
        if names[0].lower() not in CLOSINGS and is_person([*names[1:], names[0]], asks=2):
            yield Finding(*match.span(1), "name")
    for match in _LAST_FIRST_QUOTED.finditer(text) if '"' in text else ():
        family, given = match[1].split(", ")
        if is_person([*given.split(), *family.split()], asks=1):
            yield Finding(*match.span(1), "name")
    for match in _LAST_FIRST_CAPITALS.finditer(text) if ", " in text else ():
        family, given = match[1].split(", ")
        first, last = kind(given.split()[0]), kind(family)
        if first.given == 2 and last.family and not (last.word or last.place or last.thing):
            yield Finding(*match.span(1), "name")
    for match in _CANTONESE.finditer(text) if ", " in text else ():
        family, given = match[1].split(", ")
        if kind(family).pinyin and all(map(is_syllables, re.split("[ -]", given))):
            yield Finding(*match.span(1), "name")
    for match in _NICKNAME.finditer(text) if '"' in text or "“" in text or "(" in text else ():
        if kind(match[1]).given == 2 and not kind(match[2]).word and not kind(match[2]).thing:
            yield Finding(*match.span(), "name")
    chinese = has_han(text)
    for match in _PINYIN.finditer(text) if chinese else near(text, text, _TRAVEL, _PINYIN, 48, 4):
        names = match[1].replace(",", "").replace("-", " ").split()
        if (
            kind(names[0]).pinyin
            and all(map(is_syllables, names[1:]))
            and (match[0][0] == "M" or not all(kind(name).word for name in names))
        ):
            yield Finding(*match.span(1), "name")
    if chinese:
        yield from _mixed(text)


def near(
    text: str, folded: str, marks: tuple[str, ...], pattern: re.Pattern[str], after: int, before: int
) -> Iterator[re.Match[str]]:
    """What a pattern finds around plain words, which are searched for at memory's speed."""
    for low, high in near_words(folded, marks, after, before):
        yield from pattern.finditer(text, low, high)


def _mixed(text: str) -> Iterator[Finding]:
    """Latin names in Chinese text."""
    for match in _MIXED.finditer(text):
        if kind(match[1].split()[0]).given:
            yield Finding(*match.span(1), "name")
    for match in _WITH_CHINESE.finditer(text):
        group = 1 if match[1] else 2
        names = match[group].split()
        label = text[match.start() : match.start(2)] if group == 2 else ""
        if group == 1 or is_person(names, asks=0 if len(label) > 1 else 1, lone=True):
            yield Finding(*match.span(group), "name")


def _value_end(text: str, match: re.Match[str], label: str) -> int:
    """Where the labelled name ends; 0 where the value is none."""
    value = match[3]
    cut = _SPACES.search(value)
    if cut:
        value = value[: cut.start() + (1 if value[cut.start()] == "." else 0)]
    elif text[match.end(3) : match.end(3) + 1].isalnum():
        value = value[: value.rfind(" ") + 1]
    value = value.rstrip(" -'’,")
    only_name = _BY_NAME_ONLY.fullmatch(label) is not None
    if _COMPANY.intersection(
        text[match.end(3) - 1 : match.end(3) + 12].replace(",", " ").replace(".", "").split()
    ):
        return 0
    if _COMPANY.intersection(value.replace(",", " ").replace(".", "").split()):
        return 0
    family, comma, given = value.partition(",")
    # In a table's head the next cell is no name: Employee | DOJ | Mobile.
    barred = "|" in text[match.start(3) - 3 : match.start(3)]
    if comma and is_person([*given.split(), *family.split()], asks=1):
        return match.start(3) + len(value)
    if comma:
        value = family.rstrip()
    while value:
        names = value.split()
        if is_person(names, asks=2 if only_name else int(barred), lone=not only_name):
            return match.start(3) + len(value)
        # What follows a name on its line is cut word by word: `Emi Nakagawa tel`.
        value = value[: len(value) - len(names[-1])].rstrip()
    return 0


def is_person(names: list[str], asks: int, lone: bool = False) -> bool:
    """Whether words are a person's name.

    asks: 0 no word may speak against it, 1 one must be a name on a list, 2 a given and another name or a
    surname of pinyin; lone: one word may do.
    """
    names = [name for name in names if name not in _PARTICLES]
    if all(name in _TITLES for name in names):
        return False
    if not names or len(names) > 5 or (len(names) == 1 and not lone):
        return False
    full = [name for name in names if len(name.rstrip(".")) > 1]
    if not full or not all(name[0].isupper() and not name.endswith(("'s", "’s")) for name in full):
        return False
    if (
        names[-1].rstrip(".") in _COMPANY
        or names[0] in _COMPANY
        or (asks == 2 and is_phrase(names, "english_brands"))
        or is_phrase(names, "places") == len(names)
    ):
        return False
    kinds = [kind(name.rstrip(".")) for name in full]
    if any(known.thing and not known.family and not known.given for known in kinds):
        return False
    plain = sum(known.word and not known.given and not known.family and not known.pinyin for known in kinds)
    if plain or all(known.word or known.place for known in kinds):
        return False
    chinese = any(known.pinyin for known in kinds) and all(
        known.pinyin or is_syllables(name) for known, name in zip(kinds, full, strict=True)
    )
    if len(full) == 1:
        known = kinds[0]
        return known.given == 2 or known.family == 2 or (asks == 0 and known.unknown)
    known_given = any(known.given for known in kinds)
    listed = sum(bool(known.given or known.family) for known in kinds)
    if asks == 2:
        return chinese or (known_given and (listed > 1 or any(known.unknown for known in kinds)))
    return chinese or asks == 0 or listed > 0
