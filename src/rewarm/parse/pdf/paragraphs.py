"""Rows of a page → paragraphs.

A line ends its paragraph where the first word of the next line would still have fitted on it, where the next
line is indented, further away than lines are, or of another size. Rows of several cells are a table, a line a
row with tabs between; rows of a fixed-width font are code and keep their lines and indents. Small print at
the foot of a column that begins with a mark is a footnote: it stands apart, so that the text above can go on
on the next page.
"""

import re
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Literal

from rewarm.parse.pdf import formulas
from rewarm.parse.pdf.columns import Block
from rewarm.parse.pdf.joining import Words, is_ended, join
from rewarm.parse.pdf.rows import Row
from rewarm.parse.spans import marked, word

Kind = Literal["text", "heading", "table", "code", "note", "reference", "comment", "formula"]
_BULLET = re.compile(
    r"(?:[•▪■◦‣➢✓❑●○◆–—*·-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\[\d{1,3}\]|"
    r"[（(]?[一二三四五六七八九十百零〇]{1,4}[）)、]|第[一二三四五六七八九十百零〇千\d]{1,6}[条章节編编款])(?=\s|[^\x00-\x7f]|$)"
)
_NOTE = re.compile(r"(?:\d{1,3}(?!\d*[.,]\d)|[*†‡§¶]|[①-⑳]|\[\d{1,3}\])\s{0,3}\S")
_LEADERS = re.compile(r"(?:\s?[.·…‧]){4,}\s{0,20}")
# Wider than this many heights between two pieces of a row, they are cells.
_CELL = 1.1
# What explains the letters of a formula, in the sentence that the formula is part of.
_EXPLAINS = re.compile("(?:其中|式中|这里|則|则|即|因此)")
_ENDS = (".", "!", "?", "。", "！", "？", "；", ";")
_SMALL, _LARGE = 0.93, 1.12


@dataclass(slots=True)
class Paragraph:
    """lines: of a table or code; a text has one. size: of its font; left: of its first line."""

    kind: Kind
    lines: list[str] = field(default_factory=list)
    size: float = 0.0
    left: float = 0.0
    tight: bool = False
    """Follows the paragraph before without a gap, as the entries of a list do."""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def paragraphs(
    blocks: list[Block], body: float, words: Words, formula: str = "keep"
) -> tuple[list[Paragraph], list[Paragraph]]:
    """Text and footnotes of a page. body: height of its usual line; formula: what becomes of displayed
    formulas, as in `Reading`."""
    found: list[Paragraph] = []
    notes: list[Paragraph] = []
    for block in blocks:
        rows, small = _without_notes(block, body)
        found += _of_rows(rows, block, body, words, formula)
        for one in _of_rows(small, block, body * 0.8, words):
            one.kind, one.tight = "note", False
            notes.append(one)
    return found, notes


def row_text(row: Row) -> str:
    """The row's segments in a line: cells apart by tabs."""
    parts = [row.segments[0].text.strip()]
    for before, after in pairwise(row.segments):
        gap = before.x0 - after.x1 if before.rtl and after.rtl else after.x0 - before.x1
        text = after.text.strip()
        if not text:
            continue
        if before.rtl != after.rtl:
            parts.append(" ")
        elif gap > _CELL * min(row.size, 2 * before.size) and not (
            len(parts) == 1 and _BULLET.fullmatch(parts[0])
        ):
            parts.append("\t")
        elif gap > 0.13 * row.size or before.text.endswith(" ") or after.text.startswith(" "):
            parts.append(" ")
        parts.append(text)
    text = _LEADERS.sub("\t", "".join(parts)).strip()
    # A sign without meaning in Unicode before an entry: whatever it looks like, it is a bullet.
    return f"•{text[1:]}" if "\ue000" <= text[:1] <= "\uf8ff" or "\x80" <= text[:1] <= "\x9f" else text


def _without_notes(block: Block, body: float) -> tuple[list[Row], list[Row]]:
    at = len(block.rows)
    while at and block.rows[at - 1].size < _SMALL * body:
        at -= 1
    # Small print that is the whole block is a caption, a table or an abstract.
    while at and at < len(block.rows) and not _NOTE.match(row_text(block.rows[at])):
        at += 1
    if at in (0, len(block.rows)):
        return block.rows, []
    return block.rows[:at], block.rows[at:]


def _of_rows(
    rows: list[Row], block: Block, body: float, words: Words, formula: str = "keep"
) -> list[Paragraph]:
    if not rows:
        return []
    for row in rows:
        row.text = row_text(row)
    rows = [row for row in rows if row.text]
    if not rows:
        return []
    edges = _Edges.of(rows, body)
    for row in rows:
        if "\t" in row.text and _is_stretched(row, edges):
            row.text = row.text.replace("\t", " ")
    found: list[Paragraph] = []
    number = [-1] * len(rows) if formula == "keep" else formulas.displayed(rows, body)
    for at, row in enumerate(rows):
        if number[at] >= 0:
            if not at or number[at - 1] != number[at]:
                _omit(found, row, formula)
            continue
        kind = _kind(rows, at, body)
        if at and number[at - 1] >= 0 and _resumes(found, row, kind):
            _extend(found[-1], kind, row, edges.left, words)
            continue
        if not (found and at and _continues(found[-1], kind, rows, at, edges)):
            found.append(Paragraph(kind, [], row.size, row.x0))
            step = rows[at - 1].middle - row.middle if at else 0.0
            found[-1].tight = bool(at) and kind == "text" and 0 < step < 1.2 * max(edges.leading, row.size)
        _extend(found[-1], kind, row, edges.left, words)
    return found


@dataclass(slots=True)
class _Edges:
    """What is usual in a block: distance of lines, the most that lines of a paragraph are apart, left and
    right edge."""

    leading: float
    furthest: float
    left: float
    right: float

    @classmethod
    def of(cls, rows: list[Row], body: float) -> "_Edges":
        steps = [one.middle - other.middle for one, other in pairwise(rows)]
        steps = [step for step in steps if step > 0.5 * body] or [1.2 * body]
        rights = sorted(row.x1 for row in rows)
        lefts = sorted(row.x0 for row in rows)
        left = lefts[len(lefts) // 4] if len(lefts) > 3 else lefts[0]
        leading = median(steps)
        # Lines set at one distance tell a paragraph's space from it better than those of mixed type.
        even = sum(abs(step - leading) < 0.06 * leading for step in steps) > 0.6 * len(steps)
        return cls(leading, (1.22 if even else 1.45) * leading, left, rights[-max(1, len(rights) // 12)])


def _omit(found: list[Paragraph], row: Row, formula: str) -> None:
    """A marker in place of a formula, within the sentence that leads to it."""
    before = found[-1] if found and found[-1].kind == "text" else None
    if formula == "drop":
        return
    marker = marked("formula", word("formula", before.text if before else row.text))
    if before is not None and not before.text.endswith(_ENDS):
        space = "" if before.text[-1:] >= "\u2e80" else " "
        before.lines[-1] = f"{before.lines[-1]}{space}{marker}"
    else:
        found.append(Paragraph("text", [marker], row.size, row.x0))


def _resumes(found: list[Paragraph], row: Row, kind: Kind) -> bool:
    """Whether a row below a formula goes on with the sentence before it."""
    if not found or not kind == found[-1].kind == "text":
        return False
    return row.text[:1].islower() or _EXPLAINS.match(row.text) is not None


def _kind(rows: list[Row], at: int, body: float) -> Kind:
    row = rows[at]
    if _is_code(row):
        return "code"
    if not _has_letters(row) and at and _is_code(rows[at - 1]) and row.segments[0].x0 >= rows[at - 1].x0 - 1:
        return "code"  # a line of brackets
    cells = row.text.count("\t")
    if cells:
        near = [rows[other].text.count("\t") for other in (at - 1, at + 1) if 0 <= other < len(rows)]
        if cells >= 2 or any(near):
            return "table"
    return "heading" if row.size > _LARGE * body and len(row.text) < 200 else "text"


def _is_stretched(row: Row, edges: "_Edges") -> bool:
    """A line that is set wide to fill a narrow column: all its gaps are alike, and it has no others."""
    gaps = [after.x0 - before.x1 for before, after in pairwise(row.segments)]
    if not gaps:
        return False
    even = max(gaps) < 1.5 * min(gaps) + 0.2 * row.size and max(gaps) < 4 * row.size
    fills = row.x1 > edges.right - 0.5 * row.size and row.x0 < edges.left + 2 * row.size
    return even and fills and not any(" " in one.text.strip() for one in row.segments)


def _is_code(row: Row) -> bool:
    letters = [one for one in row.segments if sum(letter.isalpha() for letter in one.text) >= 2]
    return bool(letters) and all(one.mono for one in letters)


def _has_letters(row: Row) -> bool:
    return any(letter.isalpha() for letter in row.text)


def _continues(found: Paragraph, kind: Kind, rows: list[Row], at: int, edges: "_Edges") -> bool:
    """Whether row `at` goes on with the paragraph of the row before."""
    before, row = rows[at - 1], rows[at]
    size = max(row.size, 1e-6)
    step = before.middle - row.middle
    if kind != found.kind:
        return False
    alike = abs(row.size - found.size) <= 0.12 * max(row.size, found.size)
    torn = before.text.endswith("\u00ad") and row.text[:1].islower() and alike
    if torn and -0.3 * size < step < 3 * edges.leading:
        return True
    if step < -0.3 * size or step > max(edges.furthest, (1.3 if kind != "code" else 3.2) * size):
        return False  # in another column, or far below
    if kind in ("table", "code"):
        return True
    if not alike and not _is_mixed(row, found):
        return False
    if kind == "heading":
        return True
    full = _reaches(before, row, edges.right)
    listed = _BULLET.match(found.lines[0]) is not None
    if _BULLET.match(row.text):
        # A dash or "1." that only happens to begin a line follows a full line of a running sentence.
        inside = full and before.text[-1:].isalnum() and row.x0 > before.x0 - 0.3 * size
        if listed or not inside:
            return False
    if not full:
        return False
    indent = row.x0 - before.x0
    if indent > 0.6 * size and is_ended(before.text) and not (listed and before.text == found.lines[0]):
        # A new paragraph with an indent; but an entry that hangs goes on with further lines as far in.
        following = rows[at + 1] if at + 1 < len(rows) else None
        return (
            following is not None
            and abs(following.x0 - row.x0) < 0.3 * size
            and before.x0 < edges.left + size
        )
    # Back to the margin: after an entry that hangs, the next one begins.
    return not (indent < -0.6 * size and len(found.lines[0]) > len(before.text) and is_ended(before.text))


def _is_mixed(row: Row, paragraph: Paragraph) -> bool:
    """A short last line may hold nothing but small type or a formula."""
    return len(row.text) < 12 and row.size < 1.3 * paragraph.size


def _reaches(before: Row, row: Row, right: float) -> bool:
    """Whether the first word of `row` would not have fitted on the line before."""
    word = row.text.split("\t")[0].split(" ")[0]
    width = (row.x1 - row.x0) / max(1, len(row.text))
    if word and ord(word[0]) >= 0x2E80:
        word = word[:2]  # a line of Chinese may break anywhere but before punctuation
    room = right - before.x1
    return room < (len(word) + 1) * width * 0.95 + 0.35 * row.size


def _extend(paragraph: Paragraph, kind: Kind, row: Row, left: float, words: Words) -> None:
    if kind == "code":
        width = _character_width(row)
        text = row.text.replace("\t", "    ")
        paragraph.lines.append(" " * max(0, min(60, round((row.x0 - left) / width))) + text)
    elif kind == "table":
        paragraph.lines.append(row.text)
    elif paragraph.lines:
        paragraph.lines[-1] = join(paragraph.lines[-1], row.text.replace("\t", " "), words)
    else:
        paragraph.lines.append(row.text.replace("\t", " "))


def _character_width(row: Row) -> float:
    one = max(row.segments, key=lambda segment: len(segment.text))
    return max((one.x1 - one.x0) / max(1, len(one.text.strip())), 1.0)
