"""Takes phrases out of a text, or the loss off them."""

import numpy as np

from rewarm.corpus.tables.masks import Spans, chosen, merged, moved

_LINE_END = "\n"


def capped(text: str, spans: Spans, places: Spans, action: str) -> tuple[str, Spans]:
    """The text with its mask spans.

    places: characters [start, end) of phrases. `drop` takes the punctuation and space behind along, and
    the line when nothing else is on it.
    """
    if action == "mask":
        return text, merged([*spans, *places])
    kept = np.ones(len(text), bool)
    for start, end in merged(places):
        while end < len(text) and not text[end].isalnum() and text[end] not in "\n([{（【《<\"“'「":
            end += 1
        before = start  # Over blanks only: a line may be the whole of a long text.
        while before and text[before - 1].isspace() and text[before - 1] != _LINE_END:
            before -= 1
        first = before == 0 or text[before - 1] == _LINE_END
        if first and (end == len(text) or text[end] == _LINE_END):
            start, end = before, min(len(text), end + 1)
        kept[start:end] = False
    left = chosen(text, kept)
    spans = moved(spans, kept)
    # What is left begins and ends with text.
    stays = np.zeros(len(left), bool)
    stays[len(left) - len(left.lstrip()) : len(left.rstrip())] = True
    return left.strip(), moved(spans, stays)


def literal(text: str, phrases: list[str]) -> list[tuple[int, int, str]]:
    """Where forbidden phrases stand, as they are spelt."""
    found = []
    for phrase in phrases:
        at = text.find(phrase) if phrase else -1
        while at >= 0:
            found.append((at, at + len(phrase), phrase))
            at = text.find(phrase, at + len(phrase))
    return sorted(found)
