"""Sentences that a figure or a table interrupts, joined again.

Typesetters move figures to the top or the foot of a page or column, into the middle of whatever sentence
runs there. Where the text before stops in mid-sentence and a text of its size a few paragraphs later goes
on with it, and nothing but captions, tables and small print lies between, the sentence is joined and what
interrupted it follows.
"""

import re

from rewarm.parse.pdf.joining import Words, goes_on, join
from rewarm.parse.pdf.paragraphs import Paragraph

_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)|table|tab\.|abb(?:ildung|\.)|algorithm|listing|chart|plate|图|表|圖|附图|算法)\s?[\dA-Z一二三四五六七八九十]{1,4}",
    re.I,
)
_FIGURE = re.compile(
    r"(?:fig(?:ure|\.)|abb(?:ildung|\.)|chart|plate|图|圖|附图)\s?[\dA-Z一二三四五六七八九十]{1,4}", re.I
)
_FURTHEST = 6
RUNNING = ("text", "reference")
"""Kinds of paragraphs that may go on across columns, figures and pages."""


def mended(paragraphs: list[Paragraph], words: Words) -> list[Paragraph]:
    """The paragraphs of a page with interrupted ones joined."""
    left = list(paragraphs)
    at = 0
    while at < len(left):
        if left[at].kind in RUNNING:
            found = continuation(left[at], left[at + 1 :])
            if found is not None:
                append(left[at], left.pop(at + 1 + found), words)
                continue
        at += 1
    return left


def continuation(one: Paragraph, following: list[Paragraph]) -> int | None:
    """Which of the following paragraphs goes on with this one; 0 is the next; None where none does."""
    for at, other in enumerate(following[:_FURTHEST]):
        alike = abs(other.size - one.size) < 0.06 * max(other.size, one.size)
        if other.kind == one.kind and alike and goes_on(one.text, other.text):
            return at
        if not _interrupts(other, one):
            return None
    return None


def is_figure_caption(paragraph: Paragraph) -> bool:
    """Whether it is the caption of a figure: the figure itself is not in the text."""
    return (
        paragraph.kind == "text" and len(paragraph.text) < 1000 and _FIGURE.match(paragraph.text) is not None
    )


def append(one: Paragraph, other: Paragraph, words: Words) -> None:
    """Let `one` end with `other`."""
    one.lines[-1] = join(one.lines[-1], other.text, words)


def _interrupts(other: Paragraph, one: Paragraph) -> bool:
    small = other.size < 0.95 * one.size and other.kind == "text"
    return other.kind == "table" or small or _CAPTION.match(other.text) is not None
