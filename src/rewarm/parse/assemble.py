"""Texts of pages → one text, with the place of each page in it."""

from collections.abc import Iterable

from rewarm.parse.parsed import Page
from rewarm.parse.spans import Spans, taken


def join_pages(parts: Iterable[tuple[int, str]], between: str = "\n\n") -> tuple[str, tuple[Page, ...]]:
    """One text of pages (number, text), with the marked parts of each; pages without text are left out."""
    texts: list[str] = []
    pages: list[Page] = []
    at = 0
    for number, text in parts:
        text, spans, _ = taken(text.strip())
        text, spans = _trimmed(text, spans)
        if not text:
            continue
        if texts:
            texts.append(between)
            at += len(between)
        texts.append(text)
        placed = tuple((kind, at + start, at + end) for kind, start, end in spans)
        pages.append(Page(number, at, at + len(text), spans=placed))
        at += len(text)
    return "".join(texts), tuple(pages)


def _trimmed(text: str, spans: Spans) -> tuple[str, Spans]:
    """Without the white space around it that marks had covered."""
    less = len(text) - len(text.lstrip())
    text = text.strip()
    last = len(text)
    moved = ((kind, start - less, end - less) for kind, start, end in spans)
    return text, tuple((kind, max(0, start), min(last, end)) for kind, start, end in moved)


def table_text(rows: Iterable[Iterable[str]]) -> str:
    """A table as text: a line a row, cells apart by a tab; empty rows and trailing empty cells go.

    Tabs and not a drawn grid: a model learns rows and columns from them, and no page is judged by marks
    that the parser added.
    """
    lines = []
    for row in rows:
        line = "\t".join(" ".join(cell.split()) for cell in row).rstrip("\t")
        if line.strip():
            lines.append(line)
    return "\n".join(lines)
