"""Outlook's .msg: subject and body from the properties of its OLE container (MS-OXMSG)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rewarm.parse.job import Job
from rewarm.parse.mail.quoted import without_quotes
from rewarm.parse.parsed import Item, Parsed, Unreadable
from rewarm.parse.web.page import decode
from rewarm.text.markup import text_of

if TYPE_CHECKING:
    from olefile import OleFileIO

_SUBJECT, _BODY, _HTML = "0037", "1000", "1013"


def read_msg(job: Job) -> Iterator[Item]:
    """One document."""
    import olefile

    try:
        with olefile.OleFileIO(str(job.path)) as container:
            subject, body = _text(container, _SUBJECT), _text(container, _BODY)
            if not body and container.exists(f"__substg1.0_{_HTML}0102"):
                body = text_of(decode(container.openstream(f"__substg1.0_{_HTML}0102").read())[0])
    except (OSError, ValueError, IndexError) as error:
        raise Unreadable("parse.truncated", f"the container is damaged: {error}") from None
    if not body.strip():
        raise Unreadable("parse.empty", "the message has no text")
    yield Parsed("", "\n\n".join(part for part in (subject.strip(), without_quotes(body)) if part), "msg")


def _text(container: "OleFileIO", number: str) -> str:
    """A property as text: UTF-16 (type 001F) or in the sender's code page (001E)."""
    if container.exists(f"__substg1.0_{number}001F"):
        data: bytes = container.openstream(f"__substg1.0_{number}001F").read()
        return data.decode("utf-16-le", "replace").rstrip("\0")
    if container.exists(f"__substg1.0_{number}001E"):
        return decode(container.openstream(f"__substg1.0_{number}001E").read())[0].rstrip("\0")
    return ""
