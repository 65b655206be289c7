"""Kind → the function that reads it. Runs inside the sandbox only.

A reader is a generator of items over one file. It calls `begin` before each page or record, imports its
library when it is called, and raises `Unreadable` where the file as a whole cannot be read.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rewarm.parse.job import Job
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Item, Unreadable


def read(
    path: Path, kind: str, options: dict[str, Any], limits: Limits, begin: Callable[[str], None]
) -> Iterator[Item]:
    """Every item of the file. Raises Unreadable, and whatever its library raises."""
    job = Job(path, kind, limits, begin, frozenset(options.get("skip", ())), options)
    if not path.stat().st_size:
        raise Unreadable("parse.empty_file", "no content")
    begin("")
    yield from _reader(kind)(job)


def _reader(kind: str) -> Callable[[Job], Iterator[Item]]:
    match kind:
        case "pdf":
            from rewarm.parse.pdf.document import read_pdf

            return read_pdf
        case "docx":
            from rewarm.parse.office.word import read_docx

            return read_docx
        case "pptx":
            from rewarm.parse.office.slides import read_pptx

            return read_pptx
        case "xlsx":
            from rewarm.parse.office.sheets import read_xlsx

            return read_xlsx
        case "odt":
            from rewarm.parse.office.open_document import read_open_document

            return read_open_document
        case "rtf":
            from rewarm.parse.office.rich_text import read_rtf

            return read_rtf
        case "ole":
            from rewarm.parse.office.legacy import read_legacy

            return read_legacy
        case "epub":
            from rewarm.parse.web.epub import read_epub

            return read_epub
        case "html":
            from rewarm.parse.web.page import read_html

            return read_html
        case "warc":
            from rewarm.parse.web.crawl import read_warc

            return read_warc
        case "mediawiki":
            from rewarm.parse.web.wiki import read_mediawiki

            return read_mediawiki
        case "eml" | "mbox":
            from rewarm.parse.mail.messages import read_mail

            return read_mail
        case "msg":
            from rewarm.parse.mail.outlook import read_msg

            return read_msg
        case "image":
            from rewarm.parse.images.scan import read_image

            return read_image
        case "picture":
            from rewarm.parse.images.picture import read_pictures

            return read_pictures
        case "scan":
            from rewarm.parse.images.scan import read_scan

            return read_scan
        case "zip" | "tar" | "gzip" | "bzip2" | "xz" | "zstd":
            from rewarm.parse.archives.unpack import read_archive

            return read_archive
    raise Unreadable("parse.unknown_format", f"no reader for {kind}")
