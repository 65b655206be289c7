"""Who was found once is found everywhere in the document: other casings, other spacings, parts of a name.

`Jennifer Walsh` is also JENNIFER WALSH, jennifer, Walsh's; 刘雨桐 is also 刘 雨 桐, 雨桐, 小刘. A part that
is an ordinary word too (Will, Grace, 建国, 张) is taken only where the sentence needs a person there.
"""

import re
from collections.abc import Iterable, Iterator

from rewarm.pii import evidence_latin, names_latin
from rewarm.pii.evidence_zh import ALL_SURNAMES, COMPOUNDS, LABELS, ONLY_SURNAMES, TITLES, acts, before_names
from rewarm.pii.finding import HAN, Finding
from rewarm.pii.name_words import kind
from rewarm.pii.segments import HAN_RUN, cut, is_word

# Names are told apart by the first ones; a longer list is a directory, where each is found by itself.
_MOST = 200
_SPACED = re.compile(f"[ 　](?<=[{HAN}].)[{HAN}]")
_NICK = re.compile(f"[小老阿]([{''.join(sorted(ONLY_SURNAMES))}])(?![{HAN}]?[醋酒街路村镇庄巷])")
_HAN_NAME = re.compile(f"[{HAN}]{{2,4}}")
_LATIN = re.compile(rf"[{names_latin.LETTER}][{names_latin.LETTER}'’.,-]*(?: +[{names_latin.LETTER}'’.,-]+)*")
_JOINED_BEFORE = re.compile(rf"[{names_latin.LETTER}0-9_@./-]")
_JOINED_BEHIND = re.compile(rf"[{names_latin.LETTER}0-9_@]")
# What the document's own name adds to the log odds of a part that is a word.
_KNOWN = 4.5
_VOCATIVE = frozenset('，,！!。？?：:、；;“”"\n （(')


def repeats(text: str, names: Iterable[str]) -> Iterator[Finding]:
    """Further places of the persons that `names` name; they may overlap with what is known."""
    different = list(dict.fromkeys(names))[:_MOST]
    yield from _han(text, [name for name in different if _HAN_NAME.fullmatch(name)])
    latin = [name for name in different if _LATIN.fullmatch(name)]
    if latin:
        yield from _of_latin(text, latin)


def family_of(name: str) -> str:
    """The surname of a Chinese full name, "" for what begins with none."""
    if name[:2] in COMPOUNDS and len(name) > 2:
        return name[:2]
    return name[0] if name[0] in ALL_SURNAMES and len(name) > 1 else ""


def _han(text: str, names: list[str]) -> Iterator[Finding]:
    words, families = set(), set()
    spaced = bool(names) and _SPACED.search(text) is not None
    for name in names:
        family = family_of(name)
        given = name[len(family) :]
        if len(name) > 2 or not is_word(name):
            if spaced:
                for match in re.finditer("[ 　]?".join(name), text):
                    yield Finding(*match.span(), "name")
            else:
                yield from _all(text, name)
        if len(name) == 2 and is_word(name):
            words.add(name)
        if family and len(given) > 1:
            if is_word(given):
                words.add(given)
            else:
                yield from _all(text, given)
        if family in ONLY_SURNAMES:
            families.add(family)
    for match in _NICK.finditer(text) if families else ():
        if match[1] in families and not _begins_word(text, match.start(1)):
            yield Finding(*match.span(1), "name", sure=False)
    if words:
        yield from _words_as_names(text, words)


def _all(text: str, value: str) -> Iterator[Finding]:
    at = text.find(value)
    while at >= 0:
        yield Finding(at, at + len(value), "name")
        at = text.find(value, at + len(value))


def _begins_word(text: str, at: int) -> bool:
    """Whether the character opens a word with the next: 小|张罗."""
    pair = text[at : at + 2]
    return len(pair) == 2 and HAN_RUN.fullmatch(pair) is not None and is_word(pair)


def _words_as_names(text: str, words: set[str]) -> Iterator[Finding]:
    """Words of the dictionary where they stand as somebody: called, acting, with a title."""
    pattern = re.compile("|".join(words))
    reached = 0
    while match := pattern.search(text, reached):
        at = match.start()
        while at > reached and HAN_RUN.match(text[at - 1]):
            at -= 1
        run = HAN_RUN.match(text, at)
        assert run is not None
        reached = run.end()
        tokens = cut(run[0])
        at = run.start()
        for position, token in enumerate(tokens):
            if token in words:
                before = tokens[position - 1] if position else ""
                behind = tokens[position + 1] if position + 1 < len(tokens) else ""
                person_before = (
                    before in LABELS or before_names(before) or (not before and _is_edge(text, at - 1))
                )
                does = behind in TITLES or acts(behind) or (not behind and _is_edge(text, at + len(token)))
                if person_before and does:
                    yield Finding(at, at + len(token), "name", sure=False)
            at += len(token)


def _is_edge(text: str, at: int) -> bool:
    return at < 0 or at >= len(text) or text[at] in _VOCATIVE


def _of_latin(text: str, names: list[str]) -> Iterator[Finding]:
    folded = text.lower()
    if len(folded) != len(text):  # İ becomes two.
        folded = "".join(letter.lower()[:1] for letter in text)
    parts: set[str] = set()
    plain: set[str] = set()
    for name in names:
        words = [word for word in re.split(r"[ ,]+", name) if len(word.rstrip(".")) > 1]
        if len(words) > 1:
            yield from _places(folded, *(word.lower() for word in words))
        for word in words:
            known = kind(word)
            if word.lower() in names_latin.PARTICLE_WORDS or len(word) < 3:
                continue
            # A single word is a name in other casings only where it is hardly anything else.
            if len(words) == 1 and not (known.given == 2 and len(word) > 3):
                continue
            (parts if known.word or known.thing else plain).add(word.lower())
    for word in plain:
        yield from _places(folded, word)
    if parts:
        yield from _named_like_words(text, parts)


def _places(folded: str, first: str, *others: str) -> Iterator[Finding]:
    """Where words stand one after the other, not inside longer ones; all in small letters."""
    at = folded.find(first)
    while at >= 0:
        end = at + len(first)
        for word in others:
            begin = end
            while begin < len(folded) and folded[begin].isspace():
                begin += 1
            if begin == end or not folded.startswith(word, begin):
                break
            end = begin + len(word)
        else:
            if not (at and _JOINED_BEFORE.match(folded, at - 1)) and not _JOINED_BEHIND.match(folded, end):
                yield Finding(at, end, "name", sure=False)
        at = folded.find(first, at + len(first))


def _named_like_words(text: str, parts: set[str]) -> Iterator[Finding]:
    """Parts that are words, where they are capitalised and the sentence needs a name."""
    for run in names_latin.runs(text):
        for at, (word, start, end) in enumerate(run):
            if word.lower() not in parts or not word[0].isupper():
                continue
            if evidence_latin.Run(text, run).points(at, at + 1, -_KNOWN) > -_KNOWN:
                yield Finding(start, end, "name", sure=False)
