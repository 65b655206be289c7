"""XLSX: a page a sheet, a line a row, cells apart by tabs. Values as last computed.

Hidden sheets and the comments of cells are read on request.
"""

import posixpath
import xml.etree.ElementTree as tree
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.authors import authors, facts
from rewarm.parse.office.package import open_package, part
from rewarm.parse.office.package_facts import of_package
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.spans import comment

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_BEAT = 5000


def read_xlsx(job: Job) -> Iterator[Item]:
    """One document."""
    names: list[str] = []
    comments: dict[str, list[str]] = {}
    with open_package(job.path, job.limits) as archive:
        if job.includes("authors"):
            names += authors(archive)
        if job.includes("comments"):
            comments, reviewers = _comments(archive)
            names += reviewers if job.includes("authors") else []
    import openpyxl

    # By its content: openpyxl refuses a path with another name than .xlsx.
    book = openpyxl.load_workbook(job.path.open("rb"), read_only=True, data_only=True)
    parts = []
    for number, sheet in enumerate(book.worksheets, 1):
        if str(number) in job.skip:
            continue
        job.begin(str(number))
        if sheet.sheet_state != "visible" and not job.includes("hidden"):
            yield Problem(str(number), "parse.hidden", f"hidden sheet {sheet.title!r}, not read", lost=False)
            continue
        # Written sizes lie: some programs say that a sheet of ten rows has a million.
        sheet.reset_dimensions()
        rows = table_text(_rows(sheet, job, str(number)))
        noted = [comment(text) for text in comments.get(sheet._worksheet_path, ())]
        if rows or noted:
            parts.append((number, "\n\n".join([sheet.title, *([rows] if rows else []), *noted])))
    text, pages = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "xlsx", pages, {**facts(names), **of_package(job.path, "docProps/core.xml")})


def _rows(sheet: "ReadOnlyWorksheet", job: Job, number: str) -> Iterator[list[str]]:
    for at, row in enumerate(sheet.iter_rows(values_only=True)):
        if at % _BEAT == 0:
            job.begin(number)
        yield [_shown(value) for value in row]


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}"
        case datetime():
            return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
        case date() | time():
            return value.isoformat()
    return str(value)


def _comments(archive: zipfile.ZipFile) -> tuple[dict[str, list[str]], list[str]]:
    """Comments by sheet (its path in the package), with the cell before each, and who wrote them.

    openpyxl gives none when it reads a sheet row by row, which large ones need.
    """
    found: dict[str, list[str]] = {}
    reviewers: list[str] = []
    names = set(archive.namelist())
    for name in sorted(names):
        folder, _, file = name.rpartition("/")
        if not folder.endswith("xl/worksheets/_rels"):
            continue
        sheet = f"{folder.removesuffix('_rels')}{file.removesuffix('.rels')}"
        for relation in _parsed(archive, name).iter():
            if not (relation.get("Type") or "").endswith("/comments"):
                continue
            target = relation.get("Target", "")
            place = posixpath.normpath(posixpath.join(posixpath.dirname(sheet), target)).lstrip("/")
            if place not in names:
                continue
            for one in _parsed(archive, place).iter():
                match one.tag.rpartition("}")[2]:
                    case "comment":
                        text = "".join(t.text or "" for t in one.iter() if t.tag.endswith("}t")).strip()
                        if text:
                            found.setdefault(sheet, []).append(f"{one.get('ref', '')} {text}".strip())
                    case "author":
                        reviewers.append(one.text or "")
    return found, reviewers


def _parsed(archive: zipfile.ZipFile, name: str) -> tree.Element:
    try:
        return tree.fromstring(part(archive, name))
    except tree.ParseError as error:
        raise Unreadable("parse.xlsx", f"{name} is not XML: {error}") from None
