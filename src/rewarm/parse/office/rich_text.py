"""RTF, by striprtf: code pages of the header, Unicode escapes, no pictures."""

from collections.abc import Iterator

from rewarm.parse.job import Job
from rewarm.parse.parsed import Item, Parsed, Unreadable


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
    yield Parsed("", lines.strip(), "rtf")
