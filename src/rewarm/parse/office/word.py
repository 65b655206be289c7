"""DOCX: the paragraphs and tables of the body in their order, then the footnotes.

The text is the one that is printed: insertions count; deleted text, hidden runs and comments are read on
request; moved-away text and field codes are not read. python-docx gives the package; the body is walked
here, since its paragraphs lack inserted runs and content controls. Pages are where Word last broke them, if
it noted that.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.authors import authors, facts
from rewarm.parse.office.package import open_package
from rewarm.parse.office.package_facts import of_package
from rewarm.parse.parsed import Item, Parsed, Unreadable
from rewarm.parse.spans import comment, deletion, marked

if TYPE_CHECKING:
    from docx.opc.part import Part
    from docx.oxml.xmlchemy import BaseOxmlElement
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HIDDEN = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_W}pPr", f"{_W}sdtPr", _FALLBACK}
_AROUND = {f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag"}
_BREAK = "\f"


@dataclass
class _Taken:
    """What is read besides the printed text. comments: by id; asked: those of the paragraph or
    table at hand; inside: a cell, whose comments follow the table."""

    deletions: bool = False
    hidden: bool = False
    comments: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    inside: bool = False


def read_docx(job: Job) -> Iterator[Item]:
    """One document."""
    with open_package(job.path, job.limits) as archive:
        names = authors(archive) if job.includes("authors") else []
    import docx

    try:
        document = docx.Document(str(job.path))
    except (KeyError, ValueError) as error:
        raise Unreadable("parse.docx", f"is not a complete Word file: {error}") from None
    comments, reviewers = _comments(document.part) if job.includes("comments") else ({}, [])
    take = _Taken(job.includes("deletions"), job.includes("hidden"), comments)
    blocks = list(_blocks(document.element.body, take))
    if job.reading.footnotes != "drop":
        blocks += [marked("footnote", note) for note in _notes(document.part, take)]
    names += reviewers if job.includes("authors") else []
    text = "\n\n".join(block for block in blocks if block.strip("\f "))
    whole, pages = join_pages(enumerate(_unbroken(text), 1), "\n\n")
    if not whole:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", whole, "docx", pages, {**facts(names), **of_package(job.path, "docProps/core.xml")})


def _unbroken(text: str) -> list[str]:
    return text.split(_BREAK)


def _blocks(parent: "BaseOxmlElement", take: _Taken) -> Iterator[str]:
    for element in parent:
        if element.tag == f"{_W}p":
            yield paragraph(element, take)
        elif element.tag == f"{_W}tbl":
            yield table_text(_rows(element, take)).replace(_BREAK, "")
        elif element.tag in _AROUND:
            yield from _blocks(element, take)
        if not take.inside and element.tag in (f"{_W}p", f"{_W}tbl") and take.asked:
            yield from (comment(take.comments.pop(one)) for one in take.asked if one in take.comments)
            take.asked.clear()


def _rows(table: "BaseOxmlElement", take: _Taken) -> Iterator[list[str]]:
    for row in table.iter(f"{_W}tr"):
        # Of a table within a cell, the rows are part of that cell's text.
        if next(row.iterancestors(f"{_W}tbl")) is table:
            yield [
                " ".join(_blocks(cell, replace(take, inside=True)))
                for cell in row.iter(f"{_W}tc")
                if next(cell.iterancestors(f"{_W}tr")) is row
            ]


def paragraph(element: "BaseOxmlElement", take: _Taken) -> str:
    """The text of a `w:p` as it is printed, with a form feed where a page was broken."""
    parts: list[str] = []
    _collect(element, parts, take)
    return "".join(parts).strip(" \n")


def _collect(element: "BaseOxmlElement", parts: list[str], take: _Taken) -> None:
    for child in element:
        tag = child.tag
        if tag == f"{_W}del" and take.deletions:
            if gone := "".join(one.text or "" for one in child.iter(f"{_W}delText")):
                parts.append(deletion(gone))
            continue
        if tag == f"{_W}commentReference":
            take.asked.append(child.get(f"{_W}id", ""))
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
        elif tag == f"{_W}r" and not take.hidden and child.find(f"{_W}rPr/{_W}vanish") is not None:
            continue
        elif tag == f"{_W}p":  # of a text box
            parts.append("\n")
            _collect(child, parts, take)
        else:
            _collect(child, parts, take)


def _notes(part: "Part", take: _Taken) -> list[str]:
    found = []
    for root in _related(part, ("/footnotes", "/endnotes")):
        for note in root:
            if note.get(f"{_W}type") is None:  # the others are separators
                found.append(" ".join(_blocks(note, take)).strip())
    return [note for note in found if note]


def _comments(part: "Part") -> tuple[dict[str, str], list[str]]:
    """Comments by id, and who wrote them."""
    found: dict[str, str] = {}
    reviewers = []
    for root in _related(part, ("/comments",)):
        for one in root.iter(f"{_W}comment"):
            found[one.get(f"{_W}id", "")] = " ".join(_blocks(one, _Taken())).strip()
            reviewers.append(one.get(f"{_W}author", ""))
    return {identity: text for identity, text in found.items() if text}, reviewers


def _related(part: "Part", kinds: tuple[str, ...]) -> Iterator["_Element"]:
    """Roots of the related parts of these kinds."""
    from lxml import etree

    for relation in part.rels.values():
        if relation.reltype.endswith(kinds) and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            yield etree.fromstring(relation.target_part.blob, parser)
