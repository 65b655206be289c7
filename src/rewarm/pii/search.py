"""All detectors over one text: overlaps settled, and what is proved in one place found in all.

Detectors are linear: every pattern has bounded repeats and starts with something rare, so the time
for a text grows with its length whatever it holds. Texts are searched in pieces of a million
characters that overlap, so that memory is bounded too.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain

from rewarm.pii import names_latin, names_other_zh, names_zh, persons, said_latin, said_zh, view
from rewarm.pii.finding import TYPES, Finding, has_han
from rewarm.pii.kind import kind
from rewarm.pii.structured import find_structured

Ner = Callable[[str], Iterable[tuple[int, int]]]

_PIECE = 1_000_000
_OVERLAP = 20_000
_PRIORITY = {name: place for place, name in enumerate(TYPES)}
_MOST_REPEATS = 200
# A text of fewer characters is a message, or cut out of something: its form does not tell its kind.
_MESSAGE = 300
_SAYS_NOTHING = re.compile(r"[某*\W_]*")


def find(text: str, types: Iterable[str] = TYPES, ner: Ner | None = None) -> list[Finding]:
    """Personal data in a text, sorted and apart.

    types: those to look for, of `TYPES`; ner: gives (start, end) of further names.
    """
    wanted = frozenset(types)
    seen, places = view.of(text)
    found = [
        item
        for item in _search(seen, wanted, ner)
        if item.type in wanted and not _is_masked(seen[item.start : item.end], item.type)
    ]
    settled = _settled(found)
    names = [seen[item.start : item.end] for item in settled if item.type == "name"]
    settled = _settled([*settled, *_repeats(seen, settled), *persons.repeats(seen, names)])
    if places is None:
        return settled
    return [Finding(places[item.start], places[item.end - 1] + 1, item.type, item.sure) for item in settled]


def hide(text: str) -> str:
    """The text with every value as [TYPE], for ledgers and screens; never for training."""
    parts, at = [], 0
    for item in find(text):
        parts += [text[at : item.start], f"[{item.type}]"]
        at = item.end
    return "".join([*parts, text[at:]])


def _search(text: str, wanted: frozenset[str], ner: Ner | None) -> Iterator[Finding]:
    for begin in range(0, max(len(text), 1), _PIECE):
        piece = text[begin : begin + _PIECE + _OVERLAP] if len(text) > _PIECE else text
        # Labels are searched in small letters; where that changes the length, places would not agree.
        folded = piece.lower()
        folded = folded if len(folded) == len(piece) else piece
        names = _names(piece, wanted, ner, partial(_is_private, text))
        for item in chain(find_structured(piece, folded, wanted), names):
            if item.start < _PIECE:
                yield Finding(item.start + begin, item.end + begin, item.type, item.sure)


@lru_cache(maxsize=1)
def _is_private(text: str) -> bool:
    """Whether a text is none that only knowledge stands in, or too short to tell."""
    return len(text) < _MESSAGE or kind(text) != "reference"


def _names(
    text: str, wanted: frozenset[str], ner: Ner | None, is_private: Callable[[], bool]
) -> Iterator[Finding]:
    if "name" not in wanted:
        return
    if has_han(text):
        yield from names_zh.find(text, is_private)
        yield from said_zh.find(text)
        yield from names_other_zh.find(text)
    yield from names_latin.find(text, is_private)
    yield from said_latin.find(text)
    if ner is not None:
        yield from (Finding(start, end, "name") for start, end in ner(text))


def _is_masked(value: str, type: str) -> bool:
    """Whether somebody took the value out already: 张某某, ****, 某某路**号."""
    return _SAYS_NOTHING.fullmatch(value) is not None or (type == "name" and "某" in value)


def _settled(found: list[Finding]) -> list[Finding]:
    """Apart and sorted: the type earlier in `TYPES` wins, then the longer one."""
    kept: list[Finding] = []
    ordered = sorted(found, key=lambda item: (item.start, item.end))
    group: list[Finding] = []
    reach = -1
    for item in ordered:
        if item.start >= reach and group:
            kept += _of_group(group)
            group = []
        group.append(item)
        reach = max(reach, item.end) if len(group) > 1 else item.end
    return [*kept, *_of_group(group)]


def _of_group(group: list[Finding]) -> list[Finding]:
    if len(group) == 1:
        return group
    kept: list[Finding] = []
    for item in sorted(group, key=lambda item: (_PRIORITY[item.type], item.start - item.end, not item.sure)):
        if all(item.end <= other.start or item.start >= other.end for other in kept):
            kept.append(item)
    return sorted(kept)


def _repeats(text: str, found: list[Finding]) -> Iterator[Finding]:
    """The same characters elsewhere in the text, of what is proved and long enough to be no chance."""
    values = {text[item.start : item.end]: item for item in found if item.sure}
    for value, item in list(values.items())[:_MOST_REPEATS]:
        if len(value) < (5 if value.isascii() else 2) or item.type in ("address", "name"):
            continue
        at = text.find(value)
        while at >= 0:
            end = at + len(value)
            whole = not value.isascii() or not (
                _is_inner(text, at - 1, value[0]) or _is_inner(text, end, value[-1])
            )
            if whole and at != item.start:
                yield Finding(at, end, item.type, item.sure)
            at = text.find(value, end)


def _is_inner(text: str, at: int, beside: str) -> bool:
    letter = text[at : at + 1] if at >= 0 else ""
    return bool(letter) and letter.isascii() and letter.isalnum() and beside.isalnum()
