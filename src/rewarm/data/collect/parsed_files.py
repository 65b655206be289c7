"""Documents of any format as records: the bridge from `rewarm.parse` to a source's items.

Members of archives and attachments of mails come back as files of their own, so that JSON lines in a zip
archive are read as JSON lines. Their names follow that of the archive: `cases.zip!2021/a.pdf`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rewarm.corpus.io.streams import BLOCK
from rewarm.corpus.tables.masks import merged
from rewarm.data.collect.origins import Origin
from rewarm.data.collect.records import Fault, Item, Note, Record
from rewarm.errors import RewarmError
from rewarm.parse import kinds, needs
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Member, Page, Parsed, Problem, Scanned
from rewarm.parse.read import read_file, scratch_folder
from rewarm.parse.reading import Reading

_MB = 2**20
# What holds other files.
_CONTAINERS = kinds.ARCHIVES | {"eml", "mbox"}
_COMPRESSED = (".gz", ".zst", ".bz2", ".xz")


def limits(options: dict[str, Any]) -> Limits:
    """The limits that the recipe's `collect` sets; those of rewarm where it sets none."""
    given = options.get("parse")
    if given is None:
        return Limits()
    return Limits(
        memory=given["memory_mb"] * _MB,
        ocr_memory=given["ocr_memory_mb"] * _MB,
        stall=given["page_seconds"],
        seconds=given["file_seconds"],
        pages=given["max_pages"],
        file=given["max_file_mb"] * _MB,
        expansion=given["max_unpacked_mb"] * _MB,
        ratio=given["max_ratio"],
        members=given["max_members"],
        nesting=given["max_nesting"],
    )


def reading(options: dict[str, Any], source: dict[str, Any]) -> Reading:
    """What is read of documents: the source's `parse`, and `collect.parse` where that says nothing."""
    given = {**(options.get("parse") or {})}
    given.update({key: value for key, value in (source.get("parse") or {}).items() if value is not None})
    chosen = {key: given[key] for key in ("include", "footnotes", "references", "formulas") if key in given}
    return Reading.of_plain(
        {**chosen, "ocr": given.get("ocr") != "never", "layout": given.get("layout") == "auto"}
    )


def kind(origin: Origin) -> str:
    """What a file holds, by its first bytes: a key of `kinds.NAMES`, `text`, `empty` or `other`.

    Raises OSError, and what a broken compressed stream raises.
    """
    return kinds.of_head(origin.head(kinds.HEAD))


def read(
    origin: Origin,
    within: Limits,
    reading: Reading,
    inner: Callable[[Origin, int], Iterator[tuple[Origin, Item]]],
    nesting: int,
) -> Iterator[tuple[Origin, Item]]:
    """Records, faults and notes of a document or archive, each with the file that it comes from.

    inner: reads a member as any other file. nesting: of this file in archives.
    Raises RewarmError where a package is missing that reads this kind.
    """
    with ExitStack() as stack:
        path = origin.path
        if not origin.is_file:
            copy = _copied(origin, within, stack.enter_context(scratch_folder()) / "content")
            if copy is None:
                detail = f"unpacks to more than {within.unpacked(origin.size):,} bytes"
                yield origin, Fault("", "archive.expansion", detail)
                return
            path = copy
        file_kind = kinds.of_file(path)
        if why := needs.missing(file_kind):
            if file_kind != "image":
                raise RewarmError(f"{origin.place}: {why}, or leave them out with the source's `files`")
            yield origin, Fault("", "parse.scanned_page", why)
            return
        if file_kind == "pdf" and (why := needs.missing_for(reading)):
            raise RewarmError(f"{origin.place}: {why}, or set `layout: never` in `collect.parse`")
        if file_kind in kinds.ARCHIVES and nesting >= within.nesting:
            yield origin, Fault("", "archive.nesting", f"an archive {nesting} archives deep, not unpacked")
            return
        # Making a folder for each of a million pages would take longer than reading them.
        scratch = stack.enter_context(scratch_folder()) if file_kind in _CONTAINERS else None
        name = without_suffix(origin.name)
        for item in read_file(
            path, file_kind, within, scratch=scratch, name=name, reading=reading, nesting=nesting
        ):
            if isinstance(item, Member):
                member = Path(item.path)
                yield from inner(Origin(member, None, f"{origin.label}!{item.name}", item.size), nesting + 1)
                member.unlink(missing_ok=True)
            else:
                yield origin, to_item(item, reading.masked())


def without_suffix(name: str) -> str:
    """The name of what a compressed file holds."""
    base = name.rsplit("/", 1)[-1].rsplit("!", 1)[-1]
    return base.rsplit(".", 1)[0] if base.lower().endswith(_COMPRESSED) else base


def to_item(item: Parsed | Problem | Scanned, masked: frozenset[str] = frozenset()) -> Item:
    """What parsing gave, in the words of `collect`. masked: kinds of spans that become mask spans."""
    if isinstance(item, Parsed):
        meta: dict[str, Any] = {"kind": item.kind, **item.meta}
        if (quality := mean_quality(item.pages)) is not None:
            meta["page_quality"] = round(quality, 3)
        masks = merged(
            (start, end) for page in item.pages for kind, start, end in page.spans if kind in masked
        )
        return Record(item.position, item.text, meta, masks, pages=item.pages)
    assert isinstance(item, Problem)  # `read_file` keeps scanned pages for OCR.
    if item.lost:
        return Fault(item.position, item.reason, item.detail, item.excerpt)
    return Note(item.position, item.reason, item.detail)


def mean_quality(pages: Iterable[Page]) -> float | None:
    """The mean quality of pages by their length; None where none has one."""
    judged = [(page.end - page.start, page.quality) for page in pages if page.quality is not None]
    size = sum(length for length, _ in judged)
    return sum(length * quality for length, quality in judged) / size if size else None


def _copied(origin: Origin, within: Limits, copy: Path) -> Path | None:
    """A copy of what is compressed by name or in a wheel; None beyond the limit."""
    left = within.unpacked(origin.size)
    with origin.open() as stream, copy.open("wb") as out:
        while block := stream.read(BLOCK):
            left -= len(block)
            if left < 0:
                return None
            out.write(block)
    return copy
