"""The step `collect`: every source's files into shards of documents, and a ledger of what was not read.

A unit is a group of files of one source, so that shards are of even work and a killed run loses at
most one; groups follow from names and sizes alone, so shards do not depend on the number of workers.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus import documents, ledger
from rewarm.corpus.ledger import Verdict
from rewarm.corpus.masks import to_rows
from rewarm.corpus.personal import hide
from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work
from rewarm.data.collect.origins import Origin, files
from rewarm.data.collect.readers import read
from rewarm.data.collect.records import Fault, Note, Record
from rewarm.errors import RewarmError

# A minute of work at most where files are small; small files cost more to open than to read.
_UNIT_BYTES = 64 * 2**20
_UNIT_FILES = 2000
_BATCH_ROWS = 2000
_BATCH_BYTES = 32 * 2**20
_META_BYTES = 2048
_EXCERPT, _SHORT_EXCERPT, _WORD = 1000, 200, 40


def run(work: Work) -> Counts:
    """Collect every source of `config["sources"]` by the options in `config["collect"]`.

    Raises RewarmError when a source has no file or gives no document, and at the first fault where
    `on_bad_record` is `stop`.
    """
    units: list[tuple[Any, ...]] = []
    read_files: dict[str, int] = {}
    for source in work.config["sources"]:
        origins = files(source)
        read_files[source["name"]] = len(origins)
        for group in _groups(origins, whole=source["limit"] is not None):
            units.append((str(work.folder), len(units), source, group, work.config["collect"]))
    counts = work.map(collect_unit, units)
    for source, number in read_files.items():
        if not counts.get(f"documents.{source}"):
            raise RewarmError(_nothing(work.folder, source, number))
    return counts


def collect_unit(
    folder: str, number: int, source: dict[str, Any], origins: list[Origin], options: dict[str, Any]
) -> Counts:
    """Write shard `number` of `documents/` and `faults/` from some files of one source.

    Returns documents, faults and UTF-8 bytes; documents by source, faults and edits by reason.
    """
    name, shard = source["name"], f"{number:05}.parquet"
    counts: Counter[str] = Counter(dict.fromkeys(["documents", "faults", "bytes", f"documents.{name}"], 0))
    verdicts: list[Verdict] = []
    Path(folder, "documents").mkdir(parents=True, exist_ok=True)
    with (
        writing(Path(folder, "documents", shard)) as aside,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
    ):
        batch = _Batch(writer, source)
        for origin, item in _items(origins, source, options["max_record_bytes"]):
            position = _encodable(item.position)
            where = f"{origin.label}:{position}" if position else origin.label
            if isinstance(item, Record):
                identity = documents.document_id(name, f"{origin.name}:{position}")
                text = _encodable(item.text)
                if text != item.text:
                    counts["edits.encoding.surrogates"] += 1
                    detail = "half characters (lone surrogates) became ?"
                    verdicts.append(_verdict(identity, name, "encoding.surrogates", where, detail, text))
                counts["bytes"] += batch.add(identity, text, where, item)
                counts["documents"] += 1
                counts[f"documents.{name}"] += 1
                if counts["documents"] == source["limit"]:
                    break
            elif isinstance(item, Note):
                counts[f"edits.{item.reason}"] += 1
                verdicts.append(_verdict("", name, item.reason, where, item.detail))
            else:
                _stop_if_asked(origin, item, options)
                counts["faults"] += 1
                counts[f"faults.{item.reason}"] += 1
                verdicts.append(_verdict("", name, item.reason, where, item.detail, item.excerpt, drop=True))
        batch.flush()
    ledger.write(Path(folder, "faults", shard), verdicts)
    return dict(counts)


class _Batch:
    """Rows on their way to a shard, written by 2,000 or 32 MB: memory stays small for books, too."""

    def __init__(self, writer: Any, source: dict[str, Any]) -> None:
        self._writer = writer
        self._source = source["name"]
        self._labels = list(source["labels"].items())
        self._rows: list[tuple[str, str, str, str, list[dict[str, int]]]] = []
        self._bytes = 0

    def add(self, identity: str, text: str, origin: str, record: Record) -> int:
        """Add a document; the UTF-8 bytes of its text."""
        size = len(text.encode())
        self._rows.append((identity, text, origin, _json(record.meta), to_rows(record.masks)))
        self._bytes += size
        if len(self._rows) >= _BATCH_ROWS or self._bytes >= _BATCH_BYTES:
            self.flush()
        return size

    def flush(self) -> None:
        if not self._rows:
            return
        identity, text, origin, meta, masks = zip(*self._rows, strict=True)
        rows = len(self._rows)
        columns = [identity, text, [self._source] * rows, origin, [self._labels] * rows, meta, masks]
        arrays = [
            pa.array(column, kind) for column, kind in zip(columns, documents.SCHEMA.types, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=documents.SCHEMA))
        self._rows, self._bytes = [], 0


def _groups(origins: list[Origin], *, whole: bool) -> Iterator[list[Origin]]:
    """whole: all in one, since a limit counts in file order."""
    group: list[Origin] = []
    size = 0
    for origin in origins:
        group.append(origin)
        size += origin.size
        if not whole and (size >= _UNIT_BYTES or len(group) >= _UNIT_FILES):
            yield group
            group, size = [], 0
    if group:
        yield group


def _items(
    origins: list[Origin], source: dict[str, Any], most: int
) -> Iterator[tuple[Origin, Record | Fault | Note]]:
    for origin in origins:
        for item in read(origin, source, most):
            yield origin, item


def _stop_if_asked(origin: Origin, fault: Fault, options: dict[str, Any]) -> None:
    # A file of another kind beside the data is no bad record.
    if options["on_bad_record"] != "stop" or fault.reason == "parse.unknown_format":
        return
    place = f"{origin.place}:{fault.position}" if fault.position else origin.place
    raise RewarmError(
        f"{place}  {fault.reason}: {fault.detail}\n"
        "Repair it, or set `collect.on_bad_record: skip`, which lists and skips what cannot be read."
    )


def _verdict(
    identity: str,
    source: str,
    reason: str,
    origin: str,
    detail: str,
    excerpt: str = "",
    *,
    drop: bool = False,
) -> Verdict:
    verdict: Any = "drop" if drop else "edit"
    detail = hide(_encodable(detail))
    return Verdict(identity, source, "collect", verdict, reason, origin, _shown(excerpt), match=detail)


def _shown(excerpt: str) -> str:
    """The excerpt without personal data. Of a cut one the last word goes: half a value is never found."""
    start = excerpt[:_EXCERPT]
    whole = start if len(start) < _SHORT_EXCERPT else start[: max(len(start) - _WORD, start.rfind(" "), 0)]
    return hide(whole)


def _json(meta: dict[str, Any]) -> str:
    """The fields that fit in 2 kB, in order."""
    kept: list[bytes] = []
    room = _META_BYTES - 2
    for name, value in meta.items():
        value = _encodable(value) if isinstance(value, str) else value
        part = orjson.dumps({_encodable(str(name)): value})[1:-1]
        if len(part) + 1 <= room:
            kept.append(part)
            room -= len(part) + 1
    return f"{{{b','.join(kept).decode()}}}"


def _encodable(text: str) -> str:
    """The text with lone surrogates replaced; they are in no valid UTF-8, Parquet's among them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _nothing(folder: Path, source: str, number: int) -> str:
    reasons: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in documents.rows(folder / "faults", ["source", "verdict", "reason", "origin", "match"]):
        if row["source"] == source and row["verdict"] == "drop":
            reasons[row["reason"]] += 1
            first.setdefault(row["reason"], f"{row['origin']}: {row['match']}")
    why = "\n".join(
        f"  {count:,} {reason}, first {first[reason]}" for reason, count in reasons.most_common(3)
    )
    return (
        f"sources.{source}: no document in {number:,} file{'s' * (number != 1)}.\n"
        + (why or "  No record has the text field.")
        + "\nSet `text`, `records`, `query` or `format` to where its text is, or take the source out."
    )
