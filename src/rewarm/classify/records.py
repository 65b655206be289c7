"""Reads texts to label from files: JSON lines, Parquet and plain text, also compressed.

A record that cannot be read is a fault with its place, never an exception: one bad line costs one line. Only
a file that is not there, or of a kind that is not read, stops the reading.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.io.streams import BROKEN, open_plain, without_compression
from rewarm.errors import RewarmError

LINES, PARQUET, TEXT = (".jsonl", ".ndjson"), (".parquet",), (".txt", ".md", ".rst", ".html", ".htm", ".py")
# A longer line is no document; reading it would take the memory of the machine.
_LONGEST_LINE = 64 << 20
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Record:
    """place: FILE:NUMBER; text: never empty; fields: the whole record of JSON lines and Parquet."""

    place: str
    text: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that has no text, and why."""

    place: str
    reason: str


def files(path: Path) -> list[Path]:
    """The readable files of a folder, recursively in order of their names, or the file itself.

    Raises RewarmError where there is none.
    """
    if not path.exists():
        raise RewarmError(f"{path}: is not there; give a file or folder of texts")
    if not path.is_dir():
        if _kind(path) is None:
            raise RewarmError(f"{path}: is not read; give {_kinds()}, also as .gz or .zst, or a folder")
        return [path]
    found = sorted(one for one in path.rglob("*") if one.is_file() and _kind(one) is not None)
    if not found:
        raise RewarmError(f"{path}: has no file that is read ({_kinds()})")
    return found


def read(path: Path, text: str = "text") -> Iterator[Record | Fault]:
    """The records of a file, in order. text: the field with the text; a plain text is one record."""
    kind = _kind(path)
    if kind == "parquet":
        yield from _parquet(path, text)
    elif kind == "text":
        try:
            with open_plain(path, None, path.name) as stream:
                found = stream.read(_LONGEST_LINE).decode("utf-8", "replace")
        except (OSError, *BROKEN) as error:
            yield Fault(str(path), f"cannot be read ({error})")
            return
        yield Record(str(path), found) if found.strip() else Fault(str(path), "is empty")
    else:
        yield from _lines(path, text)


def texts(path: Path, text: str = "text") -> Iterator[tuple[str, str]]:
    """(place, text) of the records of a file or folder; what cannot be read is left out, and counted on
    stderr. Raises RewarmError where there is nothing to read."""
    faults: list[Fault] = []
    for file in files(path):
        for one in read(file, text):
            if isinstance(one, Fault):
                faults.append(one)
            else:
                yield one.place, one.text
    if faults:
        first = f"{faults[0].place} {faults[0].reason}"
        print(f"{len(faults):,} records left out, the first: {first}", file=sys.stderr)


def _lines(path: Path, text: str) -> Iterator[Record | Fault]:
    number = 0
    try:
        with open_plain(path, None, path.name) as stream:
            while line := stream.readline(_LONGEST_LINE):
                number += 1
                if line.strip():
                    yield _record(f"{path}:{number}", line, text)
    except (OSError, *BROKEN) as error:
        yield Fault(f"{path}:{number + 1}", f"cannot be read from here on ({error})")


def _record(place: str, line: bytes, text: str) -> Record | Fault:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Fault(place, f"is not JSON ({error})")
    if not isinstance(fields, dict):
        return Fault(place, "is not an object with fields")
    return _of_fields(place, fields, text)


def _of_fields(place: str, fields: dict[str, Any], text: str) -> Record | Fault:
    found = fields.get(text)
    if not isinstance(found, str) or not found.strip():
        return Fault(place, f"has no text in the field {text!r} (fields: {', '.join(list(fields)[:8])})")
    return Record(place, found.encode("utf-8", "replace").decode(), fields)


def _parquet(path: Path, text: str) -> Iterator[Record | Fault]:
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for fields in batch.to_pylist():
                    number += 1
                    yield _of_fields(f"{path}:{number}", fields, text)
    except (OSError, pa.ArrowException) as error:
        yield Fault(f"{path}:{number + 1}", f"cannot be read from here on ({error})")


def _kind(path: Path) -> str | None:
    name = without_compression(path.name).lower()
    for kind, endings in (("lines", LINES), ("parquet", PARQUET), ("text", TEXT)):
        if name.endswith(endings):
            return kind
    return None


def _kinds() -> str:
    return ", ".join((*LINES, *PARQUET, *TEXT))
