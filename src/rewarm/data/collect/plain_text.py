"""Plain text: the whole file is one document, in whatever encoding it is."""

from collections.abc import Iterator
from typing import BinaryIO

from rewarm.corpus.io import streams
from rewarm.data.collect.records import Fault, Item, Note, Record
from rewarm.text import encoding


def read(stream: BinaryIO, most: int) -> Iterator[Item]:
    """One record, or the fault that it cannot be. most: bytes of the longest file."""
    data = streams.read_up_to(stream, most)
    if len(data) > most:
        detail = f"file beyond {most:,} bytes (collect.max_record_bytes); split it, or raise the limit"
        yield Fault("", "parse.too_long", detail, data[:800].decode("utf-8", "replace"))
        return
    if not data:
        yield Fault("", "parse.empty_file", "no content")
        return
    try:
        text, name = encoding.decode(data)
    except UnicodeError:
        yield Fault("", "parse.encoding", encoding.why_not(data), data[:800].decode("utf-8", "replace"))
        return
    if name not in ("utf-8", "utf-8-sig"):
        yield Note("", f"encoding.{name}", f"read as {name}, not UTF-8")
    yield Record("", text)
