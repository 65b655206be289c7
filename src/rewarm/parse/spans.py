"""Marked parts of a text: footnotes, references, comments, omitted formulas.

While a text is put together, a part is enclosed in Unicode noncharacters (U+FDD0…U+FDEF, which no document
may exchange), so that joining and trimming cannot shift its place. `taken` removes them at the end and gives
the places. Marks without a partner, as a hostile document may contain, are removed.
"""

import re

KINDS = ("footnote", "reference", "comment", "deletion", "formula", "figure", "table")
Spans = tuple[tuple[str, int, int], ...]

_OPEN = {kind: chr(0xFDD0 + number) for number, kind in enumerate(KINDS)}
_KIND = {mark: kind for kind, mark in _OPEN.items()}
_CLOSE = "\ufdef"
_MARKS = re.compile("[\ufdd0-\ufdef]")
_HAN = re.compile("[\u3400-\u9fff]")

_WORDS = {
    "formula": ("[formula]", "[公式]"),
    "comment": ("Comment: ", "批注："),
    "deletion": ("[deleted: ", "[删除："),
}


def marked(kind: str, text: str) -> str:
    """The text with the marks of this kind around it."""
    return f"{_OPEN[kind]}{text}{_CLOSE}"


def comment(text: str) -> str:
    """A reviewer's comment as a paragraph of its own."""
    return marked("comment", word("comment", text) + " ".join(unmarked(text).split()))


def deletion(text: str) -> str:
    """A deleted passage where it stood."""
    return marked("deletion", f"{word('deletion', text)}{unmarked(text)}]")


def word(kind: str, beside: str) -> str:
    """The standard marker in the language of the text beside it: Chinese where Han characters stand."""
    return _WORDS[kind][_HAN.search(beside) is not None]


def unmarked(text: str) -> str:
    """The text without marks."""
    return _MARKS.sub("", text)


def taken(text: str, also: str = "") -> tuple[str, Spans, "Places"]:
    """The text without marks and the characters `also`; the spans in it; how places move."""
    gone = [found.start() for found in re.finditer(f"[\ufdd0-\ufdef{also}]", text)]
    if not gone:
        return text, (), Places([])
    places = Places(gone)
    spans = []
    opened: list[tuple[str, int]] = []
    for at in gone:
        if (kind := _KIND.get(text[at])) is not None:
            opened.append((kind, places.after(at)))
        elif text[at] == _CLOSE and opened:
            kind, start = opened.pop()
            spans.append((kind, start, places.after(at)))
    plain = re.sub(f"[\ufdd0-\ufdef{also}]", "", text)
    return plain, tuple(sorted(spans, key=lambda span: span[1:])), places


class Places:
    """Where a character of a text stands once some characters of it are gone."""

    def __init__(self, gone: list[int]) -> None:
        self._gone = gone

    def after(self, at: int) -> int:
        """The place in the new text of place `at` in the old one."""
        from bisect import bisect_left

        return at - bisect_left(self._gone, at)


def within(spans: Spans, start: int, end: int) -> Spans:
    """The parts of spans between two places, and empty spans there."""
    return tuple(
        (kind, max(first, start), min(last, end))
        for kind, first, last in spans
        if (first < end and last > start) or (first == last and start <= first < end)
    )
