"""Mail: .eml is one document, .mbox a document a message, read as a stream.

Subject and body; senders and receivers are left out, as they are authors and not text. Attachments are
files of their own, read like those of an archive.
"""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from rewarm.parse.job import Job
from rewarm.parse.mail.quoted import without_quotes
from rewarm.parse.parsed import Item, Member, Parsed, Problem, Unreadable
from rewarm.parse.web.page import decode
from rewarm.text.markup import text_of

_LONGEST = 64 * 2**20
_FROM = re.compile(rb"From \S{1,200} {1,2}\w{3} \w{3} ")
_READ = {"application", "text", "image", "message"}


def read_mail(job: Job) -> Iterator[Item]:
    """A document a message; attachments as members, where `options["scratch"]` names a folder."""
    if job.kind == "eml":
        if job.path.stat().st_size > _LONGEST:
            raise Unreadable("parse.too_long", f"a message of more than {_LONGEST:,} bytes")
        yield from _message(job.path.read_bytes(), "", job)
        return
    for number, data in enumerate(_messages(job.path), 1):
        position = str(number)
        if position in job.skip:
            continue
        job.begin(position)
        if data is None:
            yield Problem(position, "parse.too_long", f"a message of more than {_LONGEST:,} bytes")
            continue
        yield from _message(data, position, job)


def _messages(path: Path) -> Iterator[bytes | None]:
    """The messages of a mailbox; None in place of one that is too long."""
    lines: list[bytes] = []
    size = 0
    blank = True
    begun = False
    with path.open("rb") as stream:
        while line := stream.readline(2**20):
            if blank and _FROM.match(line):
                if begun:
                    yield b"".join(lines) if size <= _LONGEST else None
                lines, size, begun = [], 0, True
            else:
                size += len(line)
                if size <= _LONGEST:
                    lines.append(line)
            blank = not line.strip()
    if begun:
        yield b"".join(lines) if size <= _LONGEST else None


def _message(data: bytes, position: str, job: Job) -> Iterator[Item]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = _body(message)
    subject = _header(message, "subject")
    text = "\n\n".join(part for part in (subject, without_quotes(body)) if part)
    date = _header(message, "date")
    facts = {"date": date, "date_from": "Date"} if date else {}
    if job.includes("authors") and (sender := _header(message, "from")):
        facts["authors"] = sender
    if body.strip():
        yield Parsed(position, text, "eml", (), facts)
    else:
        yield Problem(position, "parse.empty", "the message has no text")
    scratch = job.options.get("scratch")
    if scratch:
        yield from _attachments(message, position, Path(scratch), job.limits.unpacked(len(data)))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message.get(name, "")).split())
    except (ValueError, LookupError, IndexError, AttributeError, TypeError):  # a header beyond parsing
        return ""


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    text, _ = decode(data, str(part.get_content_charset() or ""))
    text = text_of(text) if part.get_content_subtype() == "html" else text
    return text


def _attachments(message: EmailMessage, position: str, scratch: Path, most: int) -> Iterator[Item]:
    total = 0
    for number, part in enumerate(message.iter_attachments(), 1):
        name = part.get_filename() or f"attachment-{number}"
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or not data or part.get_content_maintype() not in _READ:
            continue
        total += len(data)
        if total > most:
            yield Problem(position, "parse.expansion", f"attachments of more than {most:,} bytes")
            return
        path = scratch / f"{position or 0}-{number}"
        path.write_bytes(data)
        yield Member(f"{position}!{name}" if position else name, str(path), len(data))
