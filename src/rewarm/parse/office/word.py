"""DOCX: the paragraphs and tables of the body in their order, then the footnotes.

The text is the one that is printed: insertions count, deleted and moved-away text, hidden runs, comments
and field codes do not. python-docx gives the package; the body is walked here, since its paragraphs lack
inserted runs and content controls. Pages are where Word last broke them, if it noted that.
"""

from collections.abc import Iterator
from typing import Any

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.package import open_package
from rewarm.parse.parsed import Item, Parsed, Unreadable

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HIDDEN = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}pPr", f"{_W}sdtPr", _FALLBACK}
_AROUND = {f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag"}
_BREAK = "\f"


def read_docx(job: Job) -> Iterator[Item]:
    """One document."""
    open_package(job.path, job.limits).close()
    import docx

    try:
        document = docx.Document(str(job.path))
    except (KeyError, ValueError) as error:
        raise Unreadable("parse.docx", f"is no complete Word file: {error}") from None
    blocks = list(_blocks(document.element.body))
    blocks += _notes(document.part)
    text = "\n\n".join(block for block in blocks if block.strip("\f "))
    whole, pages = join_pages(enumerate(_unbroken(text), 1), "\n\n")
    if not whole:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", whole, "docx", pages)


def _unbroken(text: str) -> list[str]:
    return text.split(_BREAK)


def _blocks(parent: Any) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield paragraph(element)
        elif element.tag == f"{_W}tbl":
            yield table_text(_rows(element)).replace(_BREAK, "")
        elif element.tag in _AROUND:
            yield from _blocks(element)


def _rows(table: Any) -> Iterator[list[str]]:
    for row in table.iter(f"{_W}tr"):
        # Of a table within a cell, the rows are part of that cell's text.
        if next(row.iterancestors(f"{_W}tbl")) is table:
            yield [
                " ".join(_blocks(cell))
                for cell in row.iter(f"{_W}tc")
                if next(cell.iterancestors(f"{_W}tr")) is row
            ]


def paragraph(element: Any) -> str:
    """The text of a `w:p` as it is printed, with a form feed where a page was broken."""
    parts: list[str] = []
    _collect(element, parts)
    return "".join(parts).strip(" \n")


def _collect(element: Any, parts: list[str]) -> None:
    for child in element:
        tag = child.tag
        if tag in _HIDDEN or not isinstance(tag, str):
            continue
        if tag == f"{_W}t":
            parts.append(child.text or "")
        elif tag == f"{_W}tab":
            parts.append("\t")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif tag == f"{_W}lastRenderedPageBreak":
            parts.append(_BREAK)
        elif tag in (f"{_W}br", f"{_W}cr"):
            # A page break is noted twice where Word has laid the file out.
            kind = child.get(f"{_W}type")
            parts.append("\n" if kind is None else "")
        elif tag == f"{_W}r" and child.find(f"{_W}rPr/{_W}vanish") is not None:
            continue
        elif tag == f"{_W}p":  # of a text box
            parts.append("\n")
            _collect(child, parts)
        else:
            _collect(child, parts)


def _notes(part: Any) -> list[str]:
    from lxml import etree

    found = []
    for relation in part.rels.values():
        if relation.reltype.endswith(("/footnotes", "/endnotes")) and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            for note in etree.fromstring(relation.target_part.blob, parser):
                if note.get(f"{_W}type") is None:  # the others are separators
                    found.append(" ".join(_blocks(note)).strip())
    return [note for note in found if note]
