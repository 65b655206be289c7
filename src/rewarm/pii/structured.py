"""Structured personal data: everything but names, in one pass over the text.

One Aho-Corasick automaton holds every word that makes any detector look (labels, prefixes, `@`, roads;
1975, doi:10.1145/360825.360855), one regular expression starts at digits and tells their shapes. Both run
at about 100 MB a CPU-second; what a text costs beyond that grows with the words and numbers in it.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from ahocorasick_rs import AhoCorasick, Implementation

from rewarm.pii import (
    accounts,
    addresses,
    addresses_latin,
    mail,
    numbers,
    orders,
    passports,
    phones,
    plates,
    secrets,
    tables,
)
from rewarm.pii.detector import Detector
from rewarm.pii.finding import Finding

_ALWAYS = (
    *secrets.DETECTORS,
    *mail.DETECTORS,
    *accounts.DETECTORS,
    *plates.DETECTORS,
    *phones.DETECTORS,
    *numbers.DETECTORS,
    *orders.DETECTORS,
    *passports.DETECTORS,
)
# Words of the heads of tables; which lines are heads is for `tables` to say.
_HEADS = Detector(lambda *_: (), tables.WORDS, merged=True)
_ADDRESSES = (*addresses.DETECTORS, *addresses_latin.DETECTORS)

# What a number stands for, from its first digit on; most are told apart by the character behind them.
_SHAPE = re.compile(
    # Seven digits or more with little between them: phones, cards, accounts, identity numbers.
    r"[0-9](?=(?P<long>(?:[ .()/,—-]{0,3}[0-9]){6,40})?)(?:"
    rf"[0-9]{{0,4}}+(?![0-9A-Za-z /{addresses.UNITS}-])|[0-9]{{0,4}}+ (?![0-9A-ZÀ-Ždlo{addresses.UNITS}])|"
    # 12号, and 9-2-1101 behind the name of a housing estate.
    rf"(?P<unit>[0-9]{{0,4}}[A-Za-z]? ?[{addresses.UNITS}]|[0-9]{{0,2}}-[0-9]{{1,3}}-[0-9]{{3,4}}(?![0-9-]))|"
    # AB12 CDE, MH 12 AB 1234, 4821 KLM, ABC 12D, ABC-123-DE: from the first digit on.
    r"(?P<plate>(?<=[A-Z]{2}[0-9])[0-9]? ?[A-Z]{3}(?![A-Za-z0-9])|"
    r"(?:(?<=[A-Z]{2}[0-9])|(?<=[A-Z]{2}[ -][0-9]))[0-9]?[ -]?[A-Z]{1,3}[ -]?[0-9]{4}(?![A-Za-z0-9])|"
    r"(?<![0-9A-Za-z].)[0-9]{3} [B-DF-HJ-NP-TV-Z]{3}(?![A-Za-z0-9-])|"
    r"(?<=[A-Z]{3} [0-9])[0-9][A-Z](?![A-Za-z0-9-])|(?<=[A-Z]{3}-[0-9])[0-9]{2}-[A-Z]{2}(?![A-Za-z0-9-]))|"
    # 48 Elm, 12-14 5th, 16124 Genova: a house or a postal code of the continent.
    r"(?P<house>(?<![A-Za-z0-9].)[0-9]{0,4}[A-Za-z]?(?:[-/][0-9]{1,4})? (?=[A-ZÀ-Ž]|"
    r"[0-9]{1,3}(?:st|nd|rd|th) |(?:of|de|la) [A-Z]))|"
    # The end of a British or Irish postal code, an Indian one.
    r"(?P<britain>(?<=[A-Z0-9] [0-9])[A-Z]{2}(?![A-Za-z0-9]))|"
    r"(?P<india>(?<=[ ,–-][1-9])[0-9]{2} ?[0-9]{3}(?![0-9]))|[0-9]*)"
)


# Numbers that nobody has: 1234567890, 0987654321, 00000000, 0010 0110.
_RUNS = "01234567890123456789", "98765432109876543210"
_TEXTUAL = ("name", "card", "email", "address", "ip", "mac")
_NO_DIGITS = re.compile("[^0-9]+")


def is_placeholder(value: str) -> bool:
    """Whether a value's digits are one run up or down, one digit, or of zeros and ones."""
    digits = _NO_DIGITS.sub("", value)
    if len(digits) < 7 or any(map(str.isalpha, value)):
        return False
    return any(digits in run for run in _RUNS) or len(set(digits)) == 1 or set(digits) == {"0", "1"}


def find_structured(text: str, folded: str, wanted: frozenset[str]) -> Iterator[Finding]:
    """Structured values of a text, in no order; they may overlap and be of types not wanted.

    folded: the text in small letters, of the same length.
    """
    for item in _found(text, folded, wanted):
        if item.type in _TEXTUAL or not is_placeholder(text[item.start : item.end]):
            yield item


def _found(text: str, folded: str, wanted: frozenset[str]) -> Iterator[Finding]:
    if wanted <= {"name"}:
        yield from tables.find(text, [start for _, start, _ in _heads().find_matches_as_indexes(folded)])
        return
    automaton, of_word, of_shape = _compiled("address" in wanted, bool(wanted & {"ip", "mac"}))
    stretches: dict[Detector, list[tuple[int, int]]] = {}
    for word, start, end in automaton.find_matches_as_indexes(folded, overlapping=True):
        for detector in of_word[word]:
            if detector.merged:
                stretches.setdefault(detector, []).append(
                    (max(0, start - detector.before), end + detector.after)
                )
            else:
                yield from detector.find(text, start, end)
    for match in _SHAPE.finditer(text):
        if (shape := match.lastgroup) is None:
            continue
        start, end = match.start(), max(match.end(), match.end("long"))
        shapes = (shape,) if match["long"] is None or shape == "long" else (shape, "long")
        for detector in chain.from_iterable(of_shape.get(shape, ()) for shape in shapes):
            if detector.merged:
                low, high = max(0, start - detector.before), end + detector.after
                stretches.setdefault(detector, []).append((low, high))
            else:
                yield from detector.find(text, start, end)
    yield from tables.find(text, sorted(low for low, _ in stretches.pop(_HEADS, ())))
    for detector, places in stretches.items():
        for low, high in _joined(places):
            if detector.needs is None or detector.needs.search(text, low, high):
                yield from detector.find(text, low, high)


def _joined(places: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    places.sort()
    low, high = places[0]
    for start, end in places:
        if start > high:
            yield low, high
            low = start
        high = max(high, end)
    yield low, high


@cache
def _heads() -> AhoCorasick:
    return AhoCorasick(tables.WORDS, implementation=Implementation.DFA)


@cache
def _compiled(
    addresses: bool, machines: bool
) -> tuple[AhoCorasick, list[list[Detector]], dict[str | None, list[Detector]]]:
    detectors = [
        _HEADS,
        *_ALWAYS,
        *(_ADDRESSES if addresses else ()),
        *(secrets.MACHINES if machines else ()),
    ]
    of_word: dict[str, list[Detector]] = {}
    of_shape: dict[str | None, list[Detector]] = {}
    for detector in detectors:
        for word in dict.fromkeys(detector.words):
            of_word.setdefault(word, []).append(detector)
        if detector.shape:
            of_shape.setdefault(detector.shape, []).append(detector)
    automaton = AhoCorasick(list(of_word), implementation=Implementation.DFA)
    return automaton, list(of_word.values()), of_shape
