"""One file → its records, faults and notes, whatever its format."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rewarm.corpus.benchmarks.canary import carries
from rewarm.corpus.io.streams import BROKEN, without_compression
from rewarm.data.collect import csv_table, json_lines, json_tree, parquet, parsed_files, plain_text, sqlite
from rewarm.data.collect.origins import DOCUMENT, Origin, format_of, reads_documents
from rewarm.data.collect.records import WHOLE, Fault, Item, Note, Raw, Record
from rewarm.errors import full_disk
from rewarm.parse import kinds
from rewarm.parse.limits import Limits
from rewarm.parse.reading import PRINTED, Reading
from rewarm.parse.web.page_facts import page_facts
from rewarm.text.markup import text_of

# Text that only its form makes a document: read as one where the name says nothing else.
_TEXTUAL = frozenset(["html", "eml", "mbox", "mediawiki", "text", "empty"])


def read_all(
    origin: Origin,
    source: dict[str, Any],
    most: int,
    within: Limits,
    reading: Reading = PRINTED,
    nesting: int = 0,
) -> Iterator[tuple[Origin, Item]]:
    """Everything in a file of any kind: as `read`, and documents and archives by their content, each item
    with the file that it stands in (a member of an archive has a name of its own).

    within: what a document may take; reading: what is read of it. Raises OSError when a
    disk is full, and RewarmError where a package that reads this kind of document is not installed.
    """
    try:
        name, kind = format_of(origin.name, source), _kind(origin, source)
    except (*BROKEN, OSError) as error:
        if full_disk(error):
            raise
        name, kind = None, ""
    if name == DOCUMENT and kind == "text":
        yield origin, Note("", "kind.text", "named as a document, but holds plain text: read as that")
        for item in read(origin, {**source, "format": "text"}, most):
            yield origin, item
    elif name == DOCUMENT and kind == "other":
        suffix = without_compression(origin.name.lower()).rpartition(".")[2]
        yield origin, Fault("", "parse.wrong_kind", f"named .{suffix}, but its content is of no known kind")
    elif name == DOCUMENT and kind == "empty":
        yield origin, Fault("", "parse.empty_file", "no content")
    elif kind in kinds.NAMES and (name in (None, DOCUMENT) or kind not in _TEXTUAL):
        yield from _document(origin, source, most, within, reading, nesting)
    else:
        for item in read(origin, source, most):
            yield origin, item


def is_plain(origin: Origin, source: dict[str, Any]) -> bool:
    """Whether `read_all` reads the file itself, not as a document or archive. Raises OSError and BROKEN."""
    name, kind = format_of(origin.name, source), _kind(origin, source)
    return name not in (None, DOCUMENT) and (kind not in kinds.NAMES or kind in _TEXTUAL)


def all_plain(origins: list[Origin], source: dict[str, Any]) -> bool:
    """Whether all the files are; then reading them twice gives the same items twice."""
    try:
        return all(is_plain(origin, source) for origin in origins)
    except (OSError, *BROKEN):
        return False


def _kind(origin: Origin, source: dict[str, Any]) -> str:
    """The kind of content where it may be a document; empty where it must not be looked at."""
    return "" if origin.outside or not reads_documents(source) else parsed_files.kind(origin)


def _document(
    origin: Origin, source: dict[str, Any], most: int, within: Limits, reading: Reading, nesting: int
) -> Iterator[tuple[Origin, Item]]:
    def inner(member: Origin, depth: int) -> Iterator[tuple[Origin, Item]]:
        return read_all(member, source, most, within, reading, depth)

    try:
        for of, item in parsed_files.read(origin, within, reading, inner, nesting):
            # What a member gave has been finished there.
            finished = isinstance(item, Record) and of is origin
            yield of, _finish(item, "none", most) if finished else item  # type: ignore[arg-type]
    except BROKEN as error:
        yield origin, Fault("", "parse.compressed", f"the compressed stream breaks: {error}")
    except OSError as error:
        if full_disk(error):
            raise
        yield origin, Fault("", "parse.unreadable", f"cannot be read: {error.strerror or error}")


def read(origin: Origin, source: dict[str, Any], max_record_bytes: int) -> Iterator[Item]:
    """Everything in the file, in order. What cannot be read is a Fault; the rest goes on.

    source: `Source.model_dump(mode="json")`. Memory is bounded by the longest record allowed, for
    `json` by the file. Raises OSError only when a disk is full.
    """
    if origin.outside:
        detail = "a symbolic link out of the source's folder, not read; `follow_symlinks: true` reads it"
        yield Fault("", "link.outside", detail)
        return
    position = ""
    try:
        for item in _items(origin, source, max_record_bytes):
            position = item.position
            if isinstance(item, Record):
                yield _finish(item, source["markup"], max_record_bytes)
            else:
                yield _benchmark(item.position) if isinstance(item, Raw) and carries(item.value) else item
    except BROKEN as error:
        after = f"after record {position}" if position else "before its first record ends"
        yield Fault(position, "parse.compressed", f"the compressed stream breaks {after}: {error}")
    except UnicodeError as error:
        yield Fault(position, "parse.encoding", f"cannot be decoded after record {position or 0}: {error}")
    except OSError as error:
        if full_disk(error):
            raise
        yield Fault(position, "parse.unreadable", f"cannot be read: {error.strerror or error}")


def _items(origin: Origin, source: dict[str, Any], most: int) -> Iterator[Item]:
    text, mask = WHOLE if source.get("conversations") else source["text"], source.get("mask")
    match format_of(origin.name, source):
        case "jsonl" if origin.part:
            yield from json_lines.read_part(origin.path, origin.part, text, most, mask)
        case "jsonl":
            with origin.open() as stream:
                yield from json_lines.read(stream, text, most, mask)
        case "json":
            with origin.open() as stream:
                yield from json_tree.read(stream, text, source["records"], mask)
        case "csv":
            with origin.open() as stream:
                tabs = without_compression(origin.name.lower()).endswith(".tsv")
                yield from csv_table.read(stream, text, most, mask, tabs=tabs)
        case "text":
            with origin.open() as stream:
                yield from plain_text.read(stream, most)
        case "parquet":
            with origin.at_random() as content:
                yield from parquet.read(content, text, mask, origin.part)
        case "sqlite":
            with origin.on_disk() as path:
                yield from sqlite.read(path, text, source["query"])
        case _:
            detail = "no known format by its name; set `format`, or choose files with `files`"
            yield Fault("", "parse.unknown_format", detail)


def _benchmark(position: str) -> Fault:
    """A record of a benchmark that rewarm built."""
    detail = "carries the mark of a benchmark that rewarm built; take its files out of the source"
    return Fault(position, "benchmark.canary", detail)


def _finish(record: Record, markup: str, most: int) -> Record | Fault:
    text = record.text
    if carries(text) or carries(record.value):
        return _benchmark(record.position)
    # At most 4 bytes a character: most texts need no count.
    if len(text) * 4 > most and (size := len(text.encode("utf-8", "replace"))) > most:
        detail = f"text of {size:,} bytes; collect.max_record_bytes is {most:,}"
        return Fault(record.position, "parse.too_long", detail, text[:200])
    plain = text_of(text) if markup == "html" else text
    if not plain.strip():
        return Fault(
            record.position, "parse.empty", "text is empty" if not text.strip() else "no text in markup"
        )
    if plain is text:
        return record
    # What the record itself says goes before what its markup says.
    return replace(record, text=plain, meta={**page_facts(text), **record.meta})
