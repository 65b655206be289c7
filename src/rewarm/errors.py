"""Errors for the user: where, what was found, what to do."""

import errno
import re


class RewarmError(Exception):
    """An error that the user can act on. The command line prints its text and nothing else.

    The text names the place (file:line, record, field), the value seen and the remedy.
    """

    exit_code = 1


class AnswerNeeded(RewarmError):
    """The run stops before anything is lost: the text asks a question that an option answers."""


class Terminated(KeyboardInterrupt):
    """A scheduler's signal (SIGTERM) stopped a training after its checkpoint was written."""

    exit_code = 75


class Stopped(RewarmError):
    """The run stops where the user asked for it; its state is kept. Not a failure."""

    exit_code = 0


_FULL = {errno.ENOSPC: "no space left", errno.EDQUOT: "quota exceeded", errno.EFBIG: "file too large"}
# Libraries in Rust or C++ report a full disk as text, not as an errno.
_FULL_WORDS = ("no space left on device", "os error 28", "errno 28", "disk quota exceeded", "file too large")
# numpy and torch report only that fewer bytes than asked for were written.
_SHORT_WRITE = re.compile(r"\d+ requested and \d+ written|unexpected pos \d+ vs \d+|failed writing file")


def full_disk(error: BaseException) -> str | None:
    """Say how the disk refused a write, or None when the error is of another kind."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return _FULL[error.errno]
    text = str(error).lower()
    if _SHORT_WRITE.search(text):
        return "a write stopped half-way"
    return next((words for words in _FULL_WORDS if words in text), None)
