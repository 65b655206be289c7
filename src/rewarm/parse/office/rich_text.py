"""RTF, by striprtf: code pages of the header, Unicode escapes, no pictures."""

import re
from collections.abc import Iterator
from typing import Any

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed, Unreadable

_HEAD = 2**16


def read_rtf(job: Job) -> Iterator[Item]:
    """One document."""
    from striprtf.striprtf import rtf_to_text

    data = job.path.read_bytes()
    if data.count(b"{") > data.count(b"}") + 50 or not data.rstrip(b"\x00 \r\n").endswith(b"}"):
        raise Unreadable("parse.truncated", "ends within a group: the file is cut off")
    text = rtf_to_text(data.decode("latin-1"), errors="replace")
    lines = "\n".join(
        line.replace("|", "\t").rstrip() if "|" in line else line.rstrip() for line in text.split("\n")
    )
    if not lines.strip():
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", lines.strip(), "rtf", (), _created(data))


def _created(data: bytes) -> dict[str, Any]:
    """When the file was made, or changed, as precise as its information group says."""
    for key in ("creatim", "revtim"):
        if found := re.search(rb"\\" + key.encode() + rb"((?:\\[a-z]{1,3}\d{1,4}\s?){1,6})", data[:_HEAD]):
            parts = dict(re.findall(r"\\(yr|mo|dy)(\d{1,4})", found[1].decode("ascii")))
            known = [parts[name].zfill(2) for name in ("yr", "mo", "dy") if int(parts.get(name, 0))]
            if "yr" in parts:
                return {"date": "-".join(known), "date_from": key}
    return {}
