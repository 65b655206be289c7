"""One JSON value a file: a list of records, one record, or records somewhere inside (`records`)."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from rewarm.corpus.io import streams
from rewarm.data.collect import records
from rewarm.data.collect.records import Fault, Item, Note, type_name
from rewarm.text import encoding

# A tree is parsed as a whole and takes about ten times its size in memory.
_MOST = 2**30


def read(stream: BinaryIO, text: str, path: str | None, mask: str | None = None) -> Iterator[Item]:
    """Records by JSON path. text: the field; path: of the records, None for a list or one record.

    With a path, records without the field are no documents and no faults: a tree holds other things.
    """
    data = streams.read_up_to(stream, _MOST)
    if len(data) > _MOST:
        detail = f"a JSON file beyond {_MOST:,} bytes; write one record a line and use format jsonl"
        yield Fault("", "parse.too_long", detail)
        return
    if not data.strip():
        yield Fault("", "parse.empty_file", "no content")
        return
    try:
        tree, name = _parse(data)
    except UnicodeError:
        yield Fault("", "parse.encoding", encoding.why_not(data), data[:200].decode("utf-8", "replace"))
        return
    except (ValueError, RecursionError) as error:
        hint = "; if every line is a record, set format: jsonl" if "line 2 column 1 " in str(error) else ""
        yield Fault("", "parse.json", f"{error}{hint}", data[:800].decode("utf-8", "replace"))
        return
    if name not in ("utf-8", "utf-8-sig"):
        yield Note("", f"encoding.{name}", f"read as {name}, not UTF-8")
    if path is not None:
        yield from _inside(tree, text, path, mask)
    elif isinstance(tree, list):
        yield from (records.of(record, text, mask, str(index)) for index, record in enumerate(tree))
    else:
        yield records.of(tree, text, mask, "")


def _parse(data: bytes) -> tuple[Any, str]:
    try:
        return orjson.loads(data), "utf-8"
    except orjson.JSONDecodeError as error:
        text, name = encoding.decode(data)
        try:
            return json.loads(text), name
        except ValueError:
            # orjson says what is wrong best, but sees only UTF-8.
            if name == "utf-8":
                raise error from None
            raise


def _inside(tree: object, text: str, path: str, mask: str | None) -> Iterator[Item]:
    is_there = False
    for position, record in _walk(tree, path.split("."), ""):
        is_there = True
        if text == records.WHOLE or records.take(record, text) not in (records.MISSING, None):
            yield records.of(record, text, mask, position)
    if not is_there:
        seen = ", ".join(map(str, list(tree)[:8])) if isinstance(tree, dict) else type_name(tree)
        yield Fault(
            "", "parse.field", f"no records at '{path}'; the file's top level has {seen or 'nothing'}"
        )


def _walk(node: object, parts: list[str], position: str) -> Iterator[tuple[str, Any]]:
    if not parts:
        yield position, node
        return
    steps: list[tuple[Any, Any]] = []
    if parts[0] == "*":
        steps = list(node.items()) if isinstance(node, dict) else []
        steps = list(enumerate(node)) if isinstance(node, list) else steps
    elif (value := records.take(node, parts[0])) is not records.MISSING:
        steps = [(parts[0], value)]
    for key, value in steps:
        yield from _walk(value, parts[1:], f"{position}.{key}" if position else str(key))
