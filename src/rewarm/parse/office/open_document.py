"""ODT, ODS and ODP: `content.xml`, read with the standard library; sheets and slides are pages.

Deleted passages, reviewers' annotations, hidden sheets and hidden slides are read on request.
"""

import xml.etree.ElementTree as tree
from collections.abc import Iterator
from dataclasses import dataclass, field

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.authors import authors, facts
from rewarm.parse.office.package import open_package, part
from rewarm.parse.office.package_facts import of_package
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.spans import comment, deletion, marked

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_LEFT_OUT = {f"{_TEXT}tracked-changes", f"{_OFFICE}annotation", f"{_TEXT}note-citation", f"{_OFFICE}forms"}
_ANNOTATION = f"{_OFFICE}annotation"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_DISPLAY = f"{_TABLE}display"
_VISIBILITY = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}visibility"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_MOST_REPEATED = 64


@dataclass
class _Taken:
    """What is read besides the printed text. comments: those met in the block at hand, where they are asked
    for; deletions: deleted texts by the id of their change; footnotes: whether notes are read."""

    comments: list[str] | None = None
    deletions: dict[str, str] = field(default_factory=dict)
    footnotes: bool = True


def read_open_document(job: Job) -> Iterator[Item]:
    """One document."""
    with open_package(job.path, job.limits) as archive:
        names = authors(archive) if job.includes("authors") else []
        try:
            root = tree.fromstring(part(archive, "content.xml"))
        except tree.ParseError as error:
            raise Unreadable("parse.odt", f"content.xml is not XML: {error}") from None
    body = root.find(f"{_OFFICE}body")
    if body is None or not len(body):
        raise Unreadable("parse.empty", "has no text")
    kind = body[0]
    pages = kind.findall(f"{_DRAW}page") or (
        kind.findall(f"{_TABLE}table") if kind.tag == f"{_OFFICE}spreadsheet" else []
    )
    take = _Taken(
        comments=[] if job.includes("comments") else None,
        deletions=_deletions(kind) if job.includes("deletions") else {},
        footnotes=job.reading.footnotes != "drop",
    )
    if job.includes("comments") and job.includes("authors"):
        names += [one.findtext(_CREATOR) or "" for one in root.iter(_ANNOTATION)]
    hidden = set() if job.includes("hidden") else _hidden_styles(root)
    parts = []
    for number, one in enumerate(pages or [kind], 1):
        style = one.get(f"{_TABLE}style-name") or one.get(f"{_DRAW}style-name")
        if pages and style in hidden:
            what = (
                f"hidden sheet {one.get(f'{_TABLE}name', '')!r}"
                if one.tag.endswith("table")
                else "a hidden slide"
            )
            yield Problem(str(number), "parse.hidden", f"{what}, not read", lost=False)
            continue
        parts.append((number, "\n\n".join(block for block in _blocks(one, take) if block.strip())))
    text, spans = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    # A text document has no pages; its one page carries the marked parts.
    shown = spans if pages or spans[0].spans else ()
    yield Parsed("", text, "odt", shown, {**facts(names), **of_package(job.path, "meta.xml")})


def _hidden_styles(root: tree.Element) -> set[str]:
    """Names of the styles of hidden sheets and slides."""
    found = set()
    for style in root.iter(f"{_STYLE}style"):
        for properties in style:
            if properties.get(_DISPLAY) == "false" or properties.get(_VISIBILITY) == "hidden":
                found.add(style.get(f"{_STYLE}name", ""))
    return found


def _deletions(kind: tree.Element) -> dict[str, str]:
    """Deleted texts by the id of their change."""
    found = {}
    for region in kind.iter(f"{_TEXT}changed-region"):
        for gone in region.iter(f"{_TEXT}deletion"):
            lines = [_paragraph(one, _Taken()) for one in gone if one.tag in (f"{_TEXT}p", f"{_TEXT}h")]
            found[region.get(f"{_TEXT}id", "")] = " ".join(lines).strip()
    return found


def _blocks(element: tree.Element, take: _Taken) -> Iterator[str]:
    if element.tag == f"{_TABLE}table":
        yield table_text(_rows(element, take))
        yield from _asked(take)
        return
    for child in element:
        if child.tag == _ANNOTATION:
            _ask(child, take)
        elif child.tag == f"{_TEXT}change":
            if gone := take.deletions.get(child.get(f"{_TEXT}change-id", "")):
                yield deletion(gone)
        elif child.tag in _LEFT_OUT:
            continue
        elif child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            yield _paragraph(child, take).strip()
            yield from _asked(take)
        else:
            yield from _blocks(child, take)


def _ask(annotation: tree.Element, take: _Taken) -> None:
    if take.comments is not None:
        lines = [_paragraph(one, _Taken()) for one in annotation.iter(f"{_TEXT}p")]
        take.comments.append(" ".join(lines).strip())


def _asked(take: _Taken) -> Iterator[str]:
    """The comments met since the last block."""
    for text in take.comments or ():
        if text:
            yield comment(text)
    if take.comments:
        take.comments.clear()


def _rows(table: tree.Element, take: _Taken) -> Iterator[list[str]]:
    for row in table.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            text = " ".join(_cell(cell, take))
            # Empty cells to the sheet's edge are written as one that repeats.
            times = int(cell.get(f"{_TABLE}number-columns-repeated", "1")) if text else 1
            cells += [text] * min(times, _MOST_REPEATED)
        yield cells


def _cell(cell: tree.Element, take: _Taken) -> list[str]:
    """Blocks of a cell or note; comments in it wait for the end of the table or paragraph."""
    blocks = []
    for child in cell:
        if child.tag == _ANNOTATION:
            _ask(child, take)
        elif child.tag in (f"{_TEXT}p", f"{_TEXT}h"):
            blocks.append(_paragraph(child, take).strip())
        elif child.tag not in _LEFT_OUT:
            blocks += _cell(child, take)
    return blocks


def _paragraph(element: tree.Element, take: _Taken) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 80))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag == f"{_TEXT}note":
            if take.footnotes:
                note = " ".join(block for block in _cell(child, take) if block)
                parts.append(f" {marked('footnote', f'({note})')} ")
        elif child.tag == _ANNOTATION:
            _ask(child, take)
        elif child.tag == f"{_TEXT}change":
            if gone := take.deletions.get(child.get(f"{_TEXT}change-id", "")):
                parts.append(deletion(gone))
        elif child.tag not in _LEFT_OUT:
            parts.append(_paragraph(child, take))
        parts.append(child.tail or "")
    return "".join(parts)
