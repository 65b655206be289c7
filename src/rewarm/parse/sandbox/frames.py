"""Messages over a pipe: 4 bytes of length, then JSON."""

import os
import select
import time
from typing import Any

import orjson

MOST = 512 * 2**20


class Ended(Exception):
    """The other side closed the pipe."""


class Silent(Exception):
    """Nothing came in time."""


def write(out: int, message: object) -> None:
    """Write all of it. Raises BrokenPipeError where nobody reads."""
    data = orjson.dumps(message)
    view = memoryview(len(data).to_bytes(4, "little") + data)
    while view:
        view = view[os.write(out, view) :]


def read(source: int, seconds: float | None = None) -> dict[str, Any]:
    """The next message. seconds: how long to wait for all of it.

    Raises Ended, Silent, and ValueError for what is no message.
    """
    until = None if seconds is None else time.monotonic() + seconds
    size = int.from_bytes(_exactly(source, 4, until), "little")
    if size > MOST:
        raise ValueError(f"a message of {size:,} bytes")
    message: dict[str, Any] = orjson.loads(_exactly(source, size, until))
    return message


def _exactly(source: int, size: int, until: float | None) -> bytes:
    parts = []
    while size:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                raise Silent
        part = os.read(source, min(size, 2**20))
        if not part:
            raise Ended
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
