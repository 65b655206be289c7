"""Cells of tables that hold several lines: their text, and whether lines side by side are wrapped text."""

from collections.abc import Sequence
from itertools import pairwise

from rewarm.parse.pdf.joining import Words, join
from rewarm.parse.pdf.rows import Row

# Of the line ends of a row of wrapped cells, those that may not be explained by the next word.
_SHORT_ENDS = 1 / 8


def are_wrapped(cells: Sequence[list[Row]], ends: Sequence[float]) -> bool:
    """Whether the lines of the cells are one row of a table: drawn cell by cell, and each line so long that
    the next word did not fit. ends: where the text of each column ends."""
    orders = [[one.order for line in lines for one in line.segments] for lines in cells if lines]
    if any(max(one) > min(other) for one, other in pairwise(orders)):
        return False
    short = pairs = 0
    for lines, end in zip(cells, ends, strict=True):
        for line, after in pairwise(lines):
            text = _line_text(after)
            # Lines of Chinese may end at any character.
            word = text[:1] if text[:1] >= "\u2e80" else text.split(" ", 1)[0]
            width = (after.x1 - after.x0) * (len(word) + 1) / max(1, len(text))
            pairs += 1
            short += line.x1 + width < end - 0.1 * line.size
    return short <= _SHORT_ENDS * pairs


def _line_text(line: Row) -> str:
    return " ".join(one.text.strip() for one in line.segments)


def text_of(lines: list[Row], words: Words) -> str:
    """The lines of a cell, joined."""
    text = ""
    for line in map(_line_text, lines):
        text = join(text, line, words) if text else line
    return text.replace("\t", " ")
