"""A few documents of a source, spread over its files, as `collect` would read them.

For looks at data before a run: which kinds of documents there are, what personal data is found. Of
many files evenly spaced ones are opened, and of each only the beginning is read; so a sample takes
seconds, and is of the files' beginnings rather than of all records.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rewarm.data.collect.origins import Origin, files
from rewarm.data.collect.readers import read_all
from rewarm.data.collect.records import Raw, Record
from rewarm.parse.limits import Limits
from rewarm.parse.reading import Reading
from rewarm.recipe import Source

_FILES = 100
_CHARS = 100_000
_RECORD_BYTES = 16 * 2**20
_READING = Reading(ocr=False)


@dataclass(frozen=True)
class Sample:
    """source: its name; place: file and record; text: at most 100,000 characters; file: the kind of
    file that it was parsed from, None for a record."""

    source: str
    place: str
    text: str
    file: str | None = None


def of_source(source: Source, most: int) -> list[Sample]:
    """At most `most` documents. Faults are left out: `collect` reports them.

    Raises RewarmError where the source has no file.
    """
    given = source.model_dump(mode="json")
    origins = files(given)
    step = max(1, math.ceil(len(origins) / _FILES))
    chosen = origins[::step]
    each = math.ceil(most / max(1, len(chosen)))
    texts = [
        Sample(source.name, place, text[:_CHARS], file)
        for origin in chosen
        for place, text, file in islice(
            _texts(read_all(origin, given, _RECORD_BYTES, Limits(), _READING)), each
        )
    ]
    return texts[:most]


def of_file(path: Path, most: int) -> list[Sample]:
    """As `of_source`, for a file, folder or glob with the usual field `text`."""
    return of_source(Source(name=_name(path), path=path), most)


def _name(path: Path) -> str:
    return (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in path.name).strip("-")
        or "files"
    )


def _texts(items: Iterator[tuple[Origin, Any]]) -> Iterator[tuple[str, str, str | None]]:
    for origin, item in items:
        if not isinstance(item, Record | Raw):
            continue
        place = origin.label_of(item.position)
        if isinstance(item, Record):
            yield place, item.text, item.meta.get("kind")
        else:
            yield place, "\n".join(_strings(item.value)), None


def _strings(value: object) -> Iterator[str]:
    """The texts of a conversation that is no document yet; before each its speaker, the short field there."""
    if isinstance(value, dict):
        short = [
            part for part in value.values() if isinstance(part, str) and len(part) <= 20 and " " not in part
        ]
        for part in value.values():
            if isinstance(part, str) and part not in short[:1]:
                yield f"{short[0]}: {part}" if short else part
            elif not isinstance(part, str):
                yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
