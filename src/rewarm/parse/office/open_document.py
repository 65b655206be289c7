"""ODT, ODS and ODP: `content.xml`, read with the standard library. Deleted passages and notes by
reviewers are left out; sheets and slides are pages."""

import xml.etree.ElementTree as tree
from collections.abc import Iterator

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.package import open_package, part
from rewarm.parse.parsed import Item, Parsed, Unreadable

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_LEFT_OUT = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_OFFICE}forms"}
_MOST_REPEATED = 64


def read_open_document(job: Job) -> Iterator[Item]:
    """One document."""
    with open_package(job.path, job.limits) as archive:
        try:
            root = tree.fromstring(part(archive, "content.xml"))
        except tree.ParseError as error:
            raise Unreadable("parse.odt", f"content.xml is no XML: {error}") from None
    body = root.find(f"{_OFFICE}body")
    if body is None or not len(body):
        raise Unreadable("parse.empty", "has no text")
    kind = body[0]
    pages = kind.findall(f"{_DRAW}page") or (
        kind.findall(f"{_TABLE}table") if kind.tag == f"{_OFFICE}spreadsheet" else []
    )
    parts = pages or [kind]
    text, spans = join_pages(
        (number, "\n\n".join(block for block in _blocks(one) if block.strip()))
        for number, one in enumerate(parts, 1)
    )
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "odt", spans if pages else ())


def _blocks(element: tree.Element) -> Iterator[str]:
    if element.tag == f"{_TABLE}table":
        yield table_text(_rows(element))
        return
    for child in element:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield _paragraph(child).strip()
        else:
            yield from _blocks(child)


def _rows(table: tree.Element) -> Iterator[list[str]]:
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            text = " ".join(_blocks(cell))
            # Empty cells to the sheet's edge are written as one that repeats.
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1")) if text else 1
            cells += [text] * min(times, _MOST_REPEATED)
        yield cells


def _paragraph(element: tree.Element) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 80))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{_TEXT}note":
            parts.append(f" ({' '.join(_blocks(child))}) ")
        elif child.tag not in _LEFT_OUT:
            parts.append(_paragraph(child))
        parts.append(child.tail or "")
    return "".join(parts)
