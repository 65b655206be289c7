"""A web page on disk: its encoding, then its main content."""

import re
from collections.abc import Iterator

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.web.main_text import main_text
from rewarm.parse.web.page_facts import page_facts
from rewarm.text import encoding

_DECLARED = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,40})", re.I)


def read_html(job: Job) -> Iterator[Item]:
    """One document."""
    if job.path.stat().st_size > job.limits.output:
        raise Unreadable("parse.too_long", f"an HTML page of more than {job.limits.output:,} bytes")
    html, name = decode(job.path.read_bytes())
    if name not in ("utf-8", "utf-8-sig", "ascii"):
        yield Problem("", f"encoding.{name}", f"read as {name}, not UTF-8", lost=False)
    text = main_text(html)
    if not text:
        raise Unreadable("parse.empty", "no text in markup")
    yield Parsed("", text, "html", (), page_facts(html))


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """HTML as text, and its encoding: what fits by content, else what the page or its server says.

    Raises Unreadable where neither decodes it.
    """
    name = encoding.guess(data)
    if name:
        return data.decode(name), name
    said = _DECLARED.search(data[:4096])
    for name in (declared, said[1].decode() if said else "", "gb18030"):
        try:
            if name:
                return data.decode(name), name.lower()
        except (UnicodeDecodeError, LookupError):
            continue
    # What browsers do with a page that says nothing and is no UTF-8.
    return data.decode("cp1252", "replace"), "windows-1252"
