"""One file → its records, faults and notes, whatever its format."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rewarm.corpus.io.streams import BROKEN, local, without_compression
from rewarm.data.collect import csv_table, json_lines, json_tree, parquet, plain_text, sqlite
from rewarm.data.collect.markup import text_of
from rewarm.data.collect.origins import Origin, format_of
from rewarm.data.collect.records import WHOLE, Fault, Item, Record
from rewarm.errors import full_disk


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
            yield _finish(item, source["markup"], max_record_bytes) if isinstance(item, Record) else item
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
            with local(origin.path, origin.member, origin.name) as path:
                yield from parquet.read(path, text, mask)
        case "sqlite":
            with local(origin.path, origin.member, origin.name) as path:
                yield from sqlite.read(path, text, source["query"])
        case _:
            detail = "no known format by its name; set `format`, or choose files with `files`"
            yield Fault("", "parse.unknown_format", detail)


def _finish(record: Record, markup: str, most: int) -> Record | Fault:
    text = record.text
    # At most 4 bytes a character: most texts need no count.
    if len(text) * 4 > most and (size := len(text.encode("utf-8", "replace"))) > most:
        detail = f"text of {size:,} bytes; collect.max_record_bytes is {most:,}"
        return Fault(record.position, "parse.too_long", detail, text[:200])
    plain = text_of(text) if markup == "html" else text
    if not plain.strip():
        return Fault(
            record.position, "parse.empty", "text is empty" if not text.strip() else "no text in markup"
        )
    return record if plain is text else replace(record, text=plain)
