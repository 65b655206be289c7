"""The files of each source, and samples of their content, looked at once for all checks and variants.

Sampling reads the start of files that are spread evenly over the source, within a time limit a source,
and gives each piece to the reader that `collect` uses: what preflight reports is what `collect` would
say. Sizes follow from the ratio of text bytes to stored bytes in the sample, by ending of the name, so
PDFs and compressed files are covered; starts of files are not a random sample, so every figure is an
estimate.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

from rewarm.corpus.io.streams import BROKEN, without_compression
from rewarm.data.collect import csv_table, json_lines, json_tree, origins, parquet, plain_text
from rewarm.data.collect.conversations import shapes
from rewarm.data.collect.origins import DOCUMENT, Origin, format_of, reads_documents
from rewarm.data.collect.readers import read_all
from rewarm.data.collect.records import WHOLE, Fault, Item, Raw, Record
from rewarm.errors import RewarmError
from rewarm.parse import needs
from rewarm.parse.kinds import ARCHIVES, NAMES, TEXTUAL, Content, content_of
from rewarm.parse.limits import Limits
from rewarm.parse.reading import Reading
from rewarm.pipeline.preflight import pieces
from rewarm.pipeline.preflight.sampled import Sample
from rewarm.text.markup import text_of

# Seconds for all sources together; each gets a fair part.
KINDS_SECONDS, SAMPLE_SECONDS = 1.0, 1.5
FILES, PIECE, BYTES = 48, 2**16, 2**21
_WHOLE_JSON = 2**23
_ROWS = 256
_DOCUMENT_BYTES = 2**22
_QUICK = Limits(stall=2.0, seconds=3.0, pages=50)
# What `collect`, with more time and OCR, may read all the same.
_OF_QUICK = ("parse.scanned_page", "parse.garbled_page", "parse.too_many_pages", "parse.time")


@dataclass
class Kinds:
    """Kinds of content of the files that were looked at. unread: of those that no reader is for;
    odd: of those that a reader would take for something else; first: an example of each of these; documents:
    names of those that are read by their content; lacking: what to install, by kind."""

    looked: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    odd: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)
    documents: set[str] = field(default_factory=set)
    lacking: dict[str, str] = field(default_factory=dict)


class Survey:
    """Lists and samples sources, each once."""

    def __init__(self, sources: int) -> None:
        """sources: how many share the time."""
        self._share = max(1, sources)
        self._files: dict[str, list[Origin] | RewarmError | None] = {}
        self._kinds: dict[str, Kinds] = {}
        self._samples: dict[str, Sample] = {}

    def files(self, source: dict[str, Any]) -> list[Origin] | None:
        """The files of a source; None where it is not on this machine yet.

        Raises RewarmError as `origins.files` does.
        """
        key = _key(source)
        if key not in self._files:
            try:
                found_here = origins.files(source, fetch=False) if origins.is_here(source) else None
                # Links out of the folder are listed by `collect` and never read.
                self._files[key] = found_here and [one for one in found_here if not one.outside]
            except RewarmError as error:
                self._files[key] = error
        found = self._files[key]
        if isinstance(found, RewarmError):
            raise found
        return found

    def here(self, source: dict[str, Any]) -> bool:
        """Whether the source is on this machine, or should be."""
        try:
            return self.files(source) is not None
        except RewarmError:
            return True

    def kinds(self, source: dict[str, Any]) -> Kinds:
        """What the files hold, by content, as many as the time allows."""
        key = _key(source)
        if key not in self._kinds:
            self._kinds[key] = _look(self.files(source) or [], source, KINDS_SECONDS / self._share)
        return self._kinds[key]

    def readable(self, source: dict[str, Any]) -> list[Origin]:
        """The files that a reader is for, by name or, where they were looked at, by content."""
        documents = self.kinds(source).documents
        return [
            origin
            for origin in self.files(source) or []
            if format_of(origin.name, source) or origin.name in documents
        ]

    def sample(self, source: dict[str, Any], max_record_bytes: int) -> Sample:
        """Records from the start of some files."""
        key = _key(source)
        if key not in self._samples:
            seconds = SAMPLE_SECONDS / self._share
            self._samples[key] = _read(self.readable(source), source, max_record_bytes, seconds)
        return self._samples[key]


def spread(items: list[Any], most: int) -> list[Any]:
    """At most this many, evenly over the list, ends included."""
    if len(items) <= most:
        return list(items)
    return [items[round(at * (len(items) - 1) / (most - 1))] for at in range(most)]


def _key(source: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in source.items() if name != "labels"}, sort_keys=True)


def _look(found: list[Origin], source: dict[str, Any], seconds: float) -> Kinds:
    kinds = Kinds()
    until = time.monotonic() + seconds
    # A stride that is coprime to most counts: what was seen when time is over is spread over the folder.
    order = [*range(0, len(found), 61), *(at for at in range(len(found)) if at % 61)]
    for at in order:
        if kinds.looked >= FILES and time.monotonic() > until:
            break
        origin = found[at]
        if origin.member:  # of a package, which is read by name
            continue
        try:
            content = _content(origin.path)
        except OSError:
            content = Content("unreadable", "unreadable")
        kinds.looked += 1
        reader = format_of(origin.name, source)
        if content.kind != "unreadable" and _is_document(origin, source, reader, content.kind, kinds):
            continue
        words = content.words
        if reader is None:
            kinds.unread[words] += 1
            kinds.first.setdefault(words, origin.place)
        elif not _fits(content, reader, origin.name):
            kinds.odd[words] += 1
            kinds.first.setdefault(words, origin.place)
    return kinds


def _is_document(origin: Origin, source: dict[str, Any], reader: str | None, kind: str, kinds: Kinds) -> bool:
    """Whether `collect` gives the file to `rewarm.parse`; note what must be installed for that."""
    if not reads_documents(source) or without_compression(origin.name) != origin.name:
        return reader == DOCUMENT
    textual = kind in TEXTUAL
    if kind not in NAMES or (textual and reader not in (None, DOCUMENT)):
        # Plain text named as a document is read, too; an empty file is listed.
        return reader == DOCUMENT and kind in ("text", "empty")
    if why := needs.missing(kind):
        kinds.lacking.setdefault(kind, why)
    kinds.documents.add(origin.name)
    return True


def _content(path: Path) -> Content:
    """What a file holds; looked at once, although several checks ask."""
    facts = path.stat()
    return _seen(path, facts.st_mtime_ns, facts.st_size)


@lru_cache(maxsize=4096)
def _seen(path: Path, changed: int, size: int) -> Content:
    return content_of(path)


def _fits(content: Content, reader: str, name: str) -> bool:
    if content.kind == "empty":
        return True
    suffix = name.lower().rsplit(".", 1)[-1]
    if suffix in ("gz", "zst"):
        return content.kind == {"gz": "gzip", "zst": "zstd"}[suffix]
    if reader == "parquet":
        return content.words == "Parquet"
    if reader == "sqlite":
        return content.words == "SQLite"
    return content.kind in TEXTUAL and not content.words.startswith("Git LFS")


def _read(found: list[Origin], source: dict[str, Any], most: int, seconds: float) -> Sample:
    sample = Sample(whole=True)
    until = time.monotonic() + seconds
    chosen = spread(found, FILES)
    piece = max(PIECE, BYTES // max(1, len(chosen)))
    for number, origin in enumerate(chosen):
        if number and time.monotonic() > until:
            sample.whole = False
            break
        try:
            _one(sample, origin, source, most, piece)
        except (OSError, ValueError, *BROKEN) as error:
            sample.fault(origin, Fault("", "parse.unreadable", str(error) or type(error).__name__))
    sample.whole = sample.whole and len(chosen) == len(found)
    return sample


def _one(sample: Sample, origin: Origin, source: dict[str, Any], most: int, piece: int) -> None:
    reader = format_of(origin.name, source)
    found = "" if origin.member is not None else _content(origin.path).kind
    if reader == DOCUMENT or (found and _is_document(origin, source, reader, found, Kinds())):
        _document(sample, origin, source, most)
        return
    text, mask = WHOLE if source["conversations"] else source["text"], source["mask"]
    if reader == "sqlite":
        sample.whole = False  # a query may take minutes
        return
    if reader == "parquet":
        if without_compression(origin.name) != origin.name or origin.member:
            sample.whole = False
            return
        _columns(sample, origin, source, text, mask)
        return
    part = pieces.start(origin, _WHOLE_JSON if reader == "json" else piece)
    sample.whole = sample.whole and part.whole
    if reader == "json" and not part.whole:
        return
    data = part.data
    items: Any
    if reader == "jsonl":
        items = json_lines.read(BytesIO(data), text, most, mask)
    elif reader == "csv":
        tabs = without_compression(origin.name.lower()).endswith(".tsv")
        items = csv_table.read(BytesIO(data), text, most, mask, tabs=tabs)
    elif reader == "json":
        items = json_tree.read(BytesIO(data), text, source["records"], mask)
    else:
        items = plain_text.read(BytesIO(data), most)
    sample.stored(origin, part.stored)
    for item in items:
        _add(sample, origin, source, item)


def _document(sample: Sample, origin: Origin, source: dict[str, Any], most: int) -> None:
    """A small document is read whole; archives and scans would take too long."""
    whole = origin.size <= _DOCUMENT_BYTES and origin.member is None
    if not whole or _content(origin.path).kind in (*ARCHIVES, "image"):
        sample.whole = False
        return
    share = 1.0
    unfinished: set[Origin] = set()
    for of, item in islice(read_all(origin, source, most, _QUICK, Reading(ocr=False)), _ROWS):
        if isinstance(item, Fault) and item.reason in _OF_QUICK:
            sample.whole = False
            unfinished.add(of)
            continue
        # A file of scanned pages is empty only because they were not read here.
        if isinstance(item, Fault) and item.reason == "parse.empty" and of in unfinished:
            continue
        _add(sample, origin, source, item, of)
        if isinstance(item, Record) and item.meta.get("pages", 0) > _QUICK.pages:
            share = _QUICK.pages / item.meta["pages"]
    sample.stored(origin, share * origin.size)


def _columns(sample: Sample, origin: Origin, source: dict[str, Any], text: str, mask: str | None) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetFile(origin.path) as file:
        rows = file.metadata.num_rows
    read = 0
    for item in parquet.read(origin.path, text, mask):
        _add(sample, origin, source, item)
        read += 1
        if read == _ROWS:
            break
    if read and rows:
        sample.stored(origin, origin.size * min(1.0, read / rows))
        sample.whole = sample.whole and read >= rows
    else:
        sample.stored(origin, origin.size)


def _add(
    sample: Sample, origin: Origin, source: dict[str, Any], item: Item, member: Origin | None = None
) -> None:
    """member: the file in the document `origin` that the item comes from."""
    if isinstance(item, Raw):
        for part in shapes.messages(item.value, item.position, source["conversations"]):
            if isinstance(part, Fault):
                sample.fault(member or origin, part)
            elif isinstance(part, shapes.Message):
                sample.text(origin, part.text)
    elif isinstance(item, Record):
        text = text_of(item.text) if source["markup"] == "html" else item.text
        if text.strip():
            sample.text(origin, text)
            sample.provenance.add(item, source["date"])
        else:
            sample.fault(member or origin, Fault(item.position, "parse.empty", "text is empty"))
    elif isinstance(item, Fault):
        sample.fault(member or origin, item)
