"""XLSX: a page a sheet, a line a row, cells apart by tabs. Values as last computed, without hidden sheets."""

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.package import open_package
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable

_BEAT = 5000


def read_xlsx(job: Job) -> Iterator[Item]:
    """One document."""
    open_package(job.path, job.limits).close()
    import openpyxl

    # By its content: openpyxl refuses a path with another name than .xlsx.
    book = openpyxl.load_workbook(job.path.open("rb"), read_only=True, data_only=True)
    parts = []
    for number, sheet in enumerate(book.worksheets, 1):
        if str(number) in job.skip:
            continue
        job.begin(str(number))
        if sheet.sheet_state != "visible":
            yield Problem(str(number), "parse.hidden", f"hidden sheet {sheet.title!r}, not read", lost=False)
            continue
        # Written sizes lie: some programs say that a sheet of ten rows has a million.
        sheet.reset_dimensions()
        rows = table_text(_rows(sheet, job, str(number)))
        if rows:
            parts.append((number, f"{sheet.title}\n\n{rows}"))
    text, pages = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "xlsx", pages)


def _rows(sheet: Any, job: Job, number: str) -> Iterator[list[str]]:
    for at, row in enumerate(sheet.iter_rows(values_only=True)):
        if at % _BEAT == 0:
            job.begin(number)
        yield [_shown(value) for value in row]


def _shown(value: Any) -> str:
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
