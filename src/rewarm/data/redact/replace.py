"""One document: what is found is replaced, masked or taken out, until nothing more is found.

Surrogates become mask spans. A mask span that came in and that findings cover is a surrogate of an
earlier time, or what a source masked on purpose, and stays; inside other masked text (a canned reply
with a name in it) values become forms that say nothing, since nobody learns them. The result is a
fixed point: redacting it again changes nothing.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from rewarm.corpus.tables import masks
from rewarm.corpus.tables.masks import Spans
from rewarm.data.redact.persons import Persons
from rewarm.data.redact.surrogates import canonical, surrogate
from rewarm.pii import Finding, find
from rewarm.pii.search import Ner

_ROUNDS = 5
_COVERED = 0.6
_SENTENCE_END = re.compile(r"[。！？!?\n]+[”\"』」]?|[.;；](?=\s)")
_SENTENCE_CHARS = 2000


@dataclass(slots=True)
class Redacted:
    """text, spans: the document as it goes on; counts: (type, action) → times; dropped: the type that
    costs the document; surrogates: (type, surrogate) that stand in the text."""

    text: str
    spans: Spans
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: str = ""
    surrogates: set[tuple[str, str]] = field(default_factory=set)


def redact(
    text: str, spans: Spans, key: bytes, actions: Mapping[str, str], ner: Ner | None = None
) -> Redacted:
    """Apply each type's action: surrogate, mask, drop_sentence, drop_document; what is not named is left.

    spans: characters without loss so far, sorted and apart.
    """
    done = Redacted(text, spans)
    for _ in range(_ROUNDS):
        found = [
            (item, masked)
            for item, masked in _open(find(done.text, actions, ner), done.spans)
            if not (actions[item.type] == "mask" and _inside(item, done.spans))
        ]
        if not found:
            break
        for item, _ in found:
            if actions[item.type] == "drop_document":
                done.counts[item.type, "drop_document"] += 1
                done.dropped = done.dropped or item.type
        if done.dropped:
            break
        _edit(done, found, key, actions)
    return done


def _open(found: list[Finding], spans: Spans) -> list[tuple[Finding, bool]]:
    """Findings that are not a surrogate already; with each, whether it lies in masked text."""
    if not found or not spans:
        return [(item, False) for item in found]
    covered = Counter[int]()
    touched: list[list[int]] = []
    for item in found:
        over = [at for at, (start, end) in enumerate(spans) if start < item.end and item.start < end]
        touched.append(over)
        for at in over:
            covered[at] += min(item.end, spans[at][1]) - max(item.start, spans[at][0])
    replaced = {at for at, chars in covered.items() if chars >= _COVERED * (spans[at][1] - spans[at][0])}
    return [
        (item, bool(over))
        for item, over in zip(found, touched, strict=True)
        if not replaced.intersection(over)
    ]


def _inside(item: Finding, spans: Spans) -> bool:
    return any(start <= item.start and item.end <= end for start, end in spans)


def _edit(done: Redacted, found: list[tuple[Finding, bool]], key: bytes, actions: Mapping[str, str]) -> None:
    text = done.text
    avoid = frozenset(text[item.start : item.end] for item, _ in found)
    persons = Persons(key, [text[item.start : item.end] for item, _ in found if item.type == "name"], avoid)
    pieces: list[tuple[int, int, str, bool]] = []
    for item, masked in found:
        value, action = text[item.start : item.end], actions[item.type]
        if action == "drop_sentence":
            start, end = _sentence(text, item.start, item.end)
            pieces.append((start, end, "", False))
        elif action == "mask":
            pieces.append((item.start, item.end, value, True))
        else:
            if masked:
                new = canonical(item.type, value)
            elif item.type == "name":
                new = persons.of(value)
            else:
                new = surrogate(key, item.type, value, avoid)
            done.surrogates |= set() if masked else {(item.type, new)}
            pieces.append((item.start, item.end, new, True))
        done.counts[item.type, action] += 1
    done.text, done.spans = _joined(text, done.spans, pieces)


def _joined(text: str, spans: Spans, pieces: list[tuple[int, int, str, bool]]) -> tuple[str, Spans]:
    """The text with pieces (start, end, new text, masked) put in, and where its masks lie."""
    parts: list[str] = []
    moves: list[tuple[int, int, int, int]] = []
    made: Spans = []
    at = length = 0
    for start, end, new, masked in sorted(pieces, key=lambda piece: (piece[0], -piece[1])):
        if start < at:  # Inside a sentence that went.
            continue
        parts += [text[at:start], new]
        moves.append((at, start, length, length + start - at))
        length += start - at
        if masked:
            made.append((length, length + len(new)))
        length += len(new)
        at = end
    parts.append(text[at:])
    moves.append((at, len(text), length, length + len(text) - at))
    for low, high in spans:
        for old, old_end, moved, _ in moves:
            begin, stop = max(low, old), min(high, old_end)
            if begin < stop:
                made.append((moved + begin - old, moved + stop - old))
    return "".join(parts), masks.merged(made)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around [start, end), with its end mark."""
    low = max(0, start - _SENTENCE_CHARS)
    begin = max((match.end() for match in _SENTENCE_END.finditer(text, low, start)), default=low)
    match = _SENTENCE_END.search(text, end, end + _SENTENCE_CHARS)
    stop = match.end() if match else min(len(text), end + _SENTENCE_CHARS)
    # A line of its own keeps its line end, so that its neighbours stay apart.
    return begin, stop - (match[0].count("\n") if match and match[0].startswith("\n") else 0)
