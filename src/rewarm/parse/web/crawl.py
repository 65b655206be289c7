"""WARC: the main content of every HTML response, a document each, with its address and date.

A host's `tdmrep.json` holds for its pages that come after it in the archive.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.web.main_text import main_text
from rewarm.parse.web.page import decode
from rewarm.parse.web.page_facts import page_facts
from rewarm.parse.web.tdmrep import TDMREP, reserved_by, rules_of

_MOST = 8 * 2**20
_MOST_RULES = 2**20


def read_warc(job: Job) -> Iterator[Item]:
    """A document a page. Position: byte offset of its record."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    reserved: dict[str, list[tuple[str, bool]]] = {}
    with job.path.open("rb") as stream:
        records = ArchiveIterator(stream)
        try:
            for record in records:
                # Its method reads the record to its end; the attribute is where it began.
                position = str(records.offset)
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                if not (record.http_headers.get_statuscode() or "").startswith("2"):
                    continue
                host, path = _address(record)
                if path == TDMREP:
                    reserved[host] = rules_of(record.content_stream().read(_MOST_RULES))
                    continue
                kind = (record.http_headers.get_header("Content-Type") or "").lower()
                if "html" not in kind or position in job.skip:
                    continue
                job.begin(position)
                yield _page(record, position, kind, reserved_by(reserved.get(host, []), path))
        except (ArchiveLoadFailed, EOFError) as error:
            raise Unreadable("parse.truncated", f"the archive breaks: {error}") from None


def _address(record) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    """Host and path of a record's page."""
    try:
        parts = urlsplit(record.rec_headers.get_header("WARC-Target-URI") or "")
    except ValueError:
        return "", ""
    return parts.netloc.lower(), parts.path or "/"


def _page(record, position: str, kind: str, reserved: bool) -> Item:  # type: ignore[no-untyped-def]
    body = record.content_stream().read(_MOST + 1)
    if len(body) > _MOST:
        return Problem(position, "parse.too_long", f"a page of more than {_MOST:,} bytes")
    charset = kind.partition("charset=")[2].strip(" \"';")
    html = decode(body, charset)[0]
    text = main_text(html)
    if not text:
        return Problem(position, "parse.empty", "no text in markup")
    url = record.rec_headers.get_header("WARC-Target-URI")
    facts: dict[str, Any] = {"url": url} if url else {}
    facts |= page_facts(html, record.http_headers.get_header)
    if reserved:
        facts["rights"] = [*dict.fromkeys([*facts.get("rights", []), "tdm-reserved"])]
    fetched = record.rec_headers.get_header("WARC-Date")
    if fetched and "date" not in facts:
        facts |= {"date": fetched, "date_from": "WARC-Date"}
    return Parsed(position, text, "html", (), facts)
