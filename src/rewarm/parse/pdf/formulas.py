"""Displayed formulas of a page: rows that are a formula by themselves, and the rows that belong to them.

A PDF has a formula as letters with places; without its two-dimensional layout it reads as noise
("n i=1 x2 i"). A sentence often runs through a displayed formula, so a marker takes its place and the
sentence stays whole.

A row is a formula where it has a mathematical sign, hardly any word, and stands away from the left edge of
the text or has an equation number at the right edge. Rows near it that have no word either (limits of a sum,
numerators, lines of a matrix) belong to it.
"""

import re
from statistics import median

from rewarm.parse.pdf.rows import Row

# Relations, operators, arrows, big operators, brackets' pieces, and the mathematical alphabets.
_SIGN = re.compile("[=<>±×÷∀-⋿⟀-⟯⦀-⫿←-⇿⌈-⌋⎛-⎳\U0001d400-\U0001d7ff]|[A-Za-z0-9)] ?[+−*/^] ?[A-Za-z0-9(]")
_RELATION = re.compile("[=<>≤≥≠≈≡∈∼∝→⇒↦∑∏∫√]")
_LETTERS = re.compile("[\U0001d400-\U0001d7ff]")
_WORD = re.compile(r"[^\W\d_]{3,}")
# Names of functions and the few words that stand within a formula.
_FUNCTIONS = frozenset(
    re.findall(
        r"\S+",
        "sin cos tan cot sec arcsin arccos arctan sinh cosh tanh log exp max min "
        "lim sup inf det dim ker deg arg "
        "argmax argmin mod gcd lcm Var Cov erf sgn rank span diag softmax for all and otherwise where with "
        "when else subject",
    )
)
_HAN = re.compile("[\u3400-\u9fff]")
_NUMBER = re.compile(r"[(（]\s?[A-Z\d][\d.\-a-z]{0,6}\s?[)）]")
_MOST_WORDS = 1
# A formula stands this far from the left edge of the text, in sizes of its letters.
_INDENT = 1.5
# How far apart the rows of one formula are, in sizes.
_NEAR = 1.9


def displayed(rows: list[Row], body: float) -> list[int]:
    """Which rows are displayed formulas: for each row the number of its formula, or -1.

    rows: of one block, from top to bottom, with their texts. body: size of its text.
    """
    number = [-1] * len(rows)
    prose = [row for row in rows if _words(row.text) > 4]
    if not prose:
        return number
    left = median(sorted(row.x0 for row in prose)[: max(1, len(prose) // 2)])
    width = max(row.x1 for row in prose) - left
    sure = [
        _is_formula(row, left, width, body)
        and (
            bool(_LETTERS.search(row.text))
            or _is_numbered(row, left, width, body)
            or not _is_among_code_or_cells(rows, at, body)
        )
        for at, row in enumerate(rows)
    ]
    current = -1
    for at, row in enumerate(rows):
        if not sure[at] or number[at] >= 0:
            continue
        joins = at > 0 and number[at - 1] >= 0 and _close(rows[at - 1], row, body)
        current = current if joins else current + 1
        number[at] = current
        # Outwards from it, rows without words.
        for step in (-1, 1):
            other = at + step
            while 0 <= other < len(rows) and number[other] < 0 and not sure[other]:
                if not (_close(rows[other - step], rows[other], body) and _is_part(rows[other], left, width)):
                    break
                number[other] = current
                other += step
    return number


def _is_among_code_or_cells(rows: list[Row], at: int, body: float) -> bool:
    """Lines of code and cells of tables have signs, too, and stand among their like."""
    return any(
        (("\t" in other.text and not _NUMBER.search(other.text)) or any(one.mono for one in other.segments))
        and _close(other, rows[at], body)
        for other in (*rows[max(0, at - 1) : at], *rows[at + 1 : at + 2])
    )


def _words(text: str) -> int:
    return sum(word not in _FUNCTIONS for word in _WORD.findall(text)) + len(_HAN.findall(text)) // 2


def _is_formula(row: Row, left: float, width: float, body: float) -> bool:
    text = _NUMBER.sub("", row.text).strip()
    if not _SIGN.search(text) or any(one.mono for one in row.segments):
        return False
    numbered = _is_numbered(row, left, width, body)
    if not numbered and row.x0 < left + _INDENT * body:
        return False
    words = _words(text)
    if words > _MOST_WORDS and not (words <= 3 and len(_LETTERS.findall(text)) > 4):
        return False
    # Prose in mathematical letters does not exist; an indented "x = 5" of plain letters is a formula only
    # where nothing else could stand: on a line of its own, around the middle.
    if _LETTERS.search(text) or numbered:
        return True
    return _RELATION.search(text) is not None and "\t" not in text and _is_centred(row, left, width, body)


def _is_numbered(row: Row, left: float, width: float, body: float) -> bool:
    """Whether the row is a relation with an equation number at the right edge of the text."""
    *rest, last = row.segments
    return (
        bool(rest)
        and _NUMBER.fullmatch(last.text.strip()) is not None
        and last.x1 > left + width - body
        and last.x0 - rest[-1].x1 > 2 * body
        and _RELATION.search(" ".join(one.text for one in rest)) is not None
    )


def _is_centred(row: Row, left: float, width: float, body: float) -> bool:
    main = [one for one in row.segments if not _NUMBER.fullmatch(one.text.strip())]
    if not main:
        return False
    middle = (min(one.x0 for one in main) + max(one.x1 for one in main)) / 2
    return abs(middle - (left + width / 2)) < 2 * body and max(one.x1 for one in main) < left + width - body


def _is_part(row: Row, left: float, width: float) -> bool:
    if _words(_NUMBER.sub("", row.text)) or any(one.mono for one in row.segments):
        return False
    return (row.x0 > left + 0.06 * width and row.x1 - row.x0 < 0.7 * width) or bool(_LETTERS.search(row.text))


def _close(one: Row, other: Row, body: float) -> bool:
    return abs(one.middle - other.middle) < _NEAR * max(body, one.size)
