"""Texts of pages → one text, with the place of each page in it."""

from collections.abc import Iterable

from rewarm.parse.parsed import Page


def join_pages(parts: Iterable[tuple[int, str]], between: str = "\n\n") -> tuple[str, tuple[Page, ...]]:
    """One text of pages (number, text); pages without text have no span."""
    texts: list[str] = []
    pages: list[Page] = []
    at = 0
    for number, text in parts:
        text = text.strip()
        if not text:
            continue
        if texts:
            texts.append(between)
            at += len(between)
        texts.append(text)
        pages.append(Page(number, at, at + len(text)))
        at += len(text)
    return "".join(texts), tuple(pages)


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
