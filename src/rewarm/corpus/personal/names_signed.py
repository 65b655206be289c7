"""Names in chats and at the ends of letters: who speaks, who is greeted, who signs; in small letters, too.

`[10:02] arjun: is it done`, `- keturah`, `no time wasters pls. Joost`.
"""

import re
from collections import Counter
from collections.abc import Iterator

from rewarm.corpus.personal.context_en import CLOSINGS
from rewarm.corpus.personal.finding import Finding
from rewarm.corpus.personal.name_words import kind
from rewarm.corpus.personal.names_en import LETTER, UPPER
from rewarm.corpus.personal.names_said import is_person, near

_SPEAKER = re.compile(
    r"^[\[(<]?(?:[0-9]{1,4}[:.\-/T ,]){0,6}[0-9]{0,4}(?: ?[AaPp][Mm])?[\])>]? ?[-–]? ?<?@?"
    r"([A-Za-z][a-z]{2,11})>?: ",
    re.M,
)
_TIMED = re.compile(r"[0-9]")
_SMALL = re.compile(
    r"(?:\b(?:(?:hey|hi|hello|yo),? (?:it['’]?s|this is)|it['’]?s|this is|i['’]?m|i am|my name is|"
    r"my name['’]?s|name['’]?s|call me|ask for|hi|"
    r"hey|hello|dear|"
    r"thanks|thx|cheers|regards|hugs|xx)[, ])([a-z]{3,12})(?![a-z0-9_@:/.-]*[@:/_0-9])"
    r"(?: ([a-z]\. )?([a-z]{3,14}))?\b",
    re.M,
)
_ENDINGS = (*CLOSINGS, "- ", "– ", "— ", "\n-", "~")
_SIGNED = re.compile(
    rf"(?:(?:^|\n|[.!?] )[-–—~] ?|(?:^|\n)(?:thx|thanks|cheers|regards|best|best regards|"
    rf"kind regards|sincerely|"
    rf"yours|love)[,.!]?\n+)"
    rf"([{UPPER}][{LETTER}'’-]{{2,14}}(?: [{UPPER}][{LETTER}.'’-]{{0,16}}){{0,2}})[.!]?(?=\n|$)",
    re.I,
)
_DASHED = re.compile(r"(?:^|[.!?,a-z] )[-–—~] ?([a-z]{3,12})(?= *\n| *$)", re.M)
_ENDING = re.compile(r"[.!?] ?([a-z]{3,12}(?: [a-z]\.)? [a-z]{3,14})[.]?\s*$")
_MENTIONED = re.compile(rf"(?:^|[\s(,])@([{UPPER}][{LETTER}-]{{2,16}})(?![{LETTER}0-9_.@-])", re.M)
_TITLED_SMALL = re.compile(r"\b(?:mr|mrs|ms|miss|dr)\.? ([a-z]{3,15})\b")
_BRACKETED = re.compile(rf"(?:^|[\s:])<([{UPPER}][a-zà-ž]{{2,14}})> ", re.M)
_QUOTED = re.compile(rf"['\"]([{UPPER}][{LETTER}-]{{2,16}})['\"], ?['\"]([{UPPER}][{LETTER}'-]{{2,20}})['\"]")
_CELL = re.compile(rf"\| ?([{UPPER}][a-zà-ž]{{3,14}}) ?(?=\|)")
_LINE_SPEAKER = re.compile(rf"^([{UPPER}][a-zà-ž]{{2,14}}): ", re.M)
# - Gaz: the end of a message
_DASHED_LAST = re.compile(rf" [-–—] ([{UPPER}][a-zà-ž]{{2,11}})\s*$")
# The last word of a message: … no time wasters pls. Joost
_LAST_WORD = re.compile(rf"[.!?)] ([{UPPER}][a-zà-ž]{{2,13}})[\"”]?\s*$")


def find(text: str, folded: str) -> Iterator[Finding]:
    """Names by who speaks and who signs; folded: the text in small letters."""
    yield from _quoted(text, folded)
    yield from _rows_and_lines(text)
    yield from _small(text, folded)


def _quoted(text: str, folded: str) -> Iterator[Finding]:
    for match in _MENTIONED.finditer(text) if "@" in text else ():
        if kind(match[1]).given == 2:
            yield Finding(*match.span(1), "name", sure=False)
    for match in near(text, text, (" mr", " ms", " mrs", " miss ", " dr"), _TITLED_SMALL, 28, 1):
        if not kind(match[1]).word or kind(match[1]).given:
            yield Finding(*match.span(1), "name")
    for match in _BRACKETED.finditer(text) if "<" in text else ():
        if kind(match[1]).given == 2:
            yield Finding(*match.span(1), "name")
    for match in _QUOTED.finditer(text) if "'" in text or '"' in text else ():
        if kind(match[1]).given == 2 and (kind(match[2]).family == 2 or kind(match[2]).unknown):
            yield Finding(*match.span(1), "name")
            yield Finding(*match.span(2), "name")
    for match in near(text, folded, _ENDINGS, _SIGNED, 70, 4):
        if match[1][0].isupper() and is_person(match[1].split(), asks=1, lone=True):
            yield Finding(*match.span(1), "name")


def _rows_and_lines(text: str) -> Iterator[Finding]:
    """Given names alone in cells of a table, and speakers of a chat, where several stand."""
    cells = list(_CELL.finditer(text)) if "|" in text else []
    told = [match for match in cells if kind(match[1]).given == 2 and not kind(match[1]).place]
    if len(told) > 1:
        yield from (Finding(*match.span(1), "name", sure=False) for match in told)
    speakers = list(_LINE_SPEAKER.finditer(text)) if ": " in text else []
    names = {match[1] for match in speakers if kind(match[1]).given == 2}
    if len(speakers) < 3 or not names:
        return
    often = Counter(match[1] for match in speakers)
    for match in speakers:
        known = kind(match[1])
        if match[1] in names or (often[match[1]] > 1 and known.unknown):
            yield Finding(*match.span(1), "name", sure=False)


def _small(text: str, folded: str) -> Iterator[Finding]:
    """Chats write names in small letters; only given names that are nothing else count."""
    for match in _SPEAKER.finditer(text) if ": " in text else ():
        if _TIMED.search(text, match.start(), match.start(1)) and kind(match[1].capitalize()).given == 2:
            yield Finding(*match.span(1), "name")
    for match in _SMALL.finditer(folded):
        if not text[match.start(1)].islower() or kind(match[1]).given != 2:
            continue
        end = match.end(1)
        if (
            match[3]
            and text[match.start(3)].islower()
            and (match[2] or kind(match[3]).family == 2)
            and not kind(match[3]).word
        ):
            end = match.end(3)
        yield Finding(match.start(1), end, "name", sure=len(match[1]) > 3)
    for match in _DASHED.finditer(text):
        if kind(match[1]).given == 2:
            yield Finding(*match.span(1), "name", sure=len(match[1]) > 3)
    dashed = _DASHED_LAST.search(text, max(0, len(text) - 30))
    if dashed and not ((known := kind(dashed[1])).word or known.place or known.thing):
        yield Finding(*dashed.span(1), "name", sure=False)
    last = _LAST_WORD.search(text, max(0, len(text) - 30))
    if last and kind(last[1]).given == 2:
        yield Finding(*last.span(1), "name", sure=False)
    for match in _ENDING.finditer(text, max(0, len(text) - 60)):
        names = match[1].split()
        if kind(names[0]).given == 2 and kind(names[-1]).family == 2:
            yield Finding(*match.span(1), "name")
