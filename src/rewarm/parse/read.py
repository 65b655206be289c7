"""One file → documents and problems, through the sandbox of this process.

Each process has one child for parsing and, once a page needs it, one for OCR; work over many files runs in
many processes, so cores are used by those. A child serves all files of a kind and is replaced when it dies.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rewarm.parse import kinds, needs
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Item, Parsed, Problem, Scanned
from rewarm.parse.reading import Reading
from rewarm.parse.sandbox.process import Child

# Frames of a scanned file whose time is allowed for before they are counted.
_FRAMES = 500


def read_file(
    path: Path,
    kind: str,
    limits: Limits,
    *,
    scratch: Path | None = None,
    name: str = "",
    reading: Reading | None = None,
    nesting: int = 0,
) -> Iterator[Item]:
    """Documents, problems, and members of archives, in the file's order.

    kind: a key of `kinds.NAMES`. scratch: where members of archives and attachments are unpacked to; without
    it mail is read without attachments. reading: what is read besides the printed text. nesting: of the file
    in archives; while one is unpacked, its members are read by a child of their own. Never raises for what is
    in the file.
    """
    size = path.stat().st_size
    if size > limits.file:
        yield Problem("", "parse.too_long", f"a file of {size:,} bytes; at most {limits.file:,} are read")
        return
    reading = reading or Reading()
    options: dict[str, Any] = {
        "scratch": str(scratch) if scratch else "", "name": name, "reading": reading.plain(),
    }  # fmt: skip
    if kind == "image":
        yield from _ocr_child(limits).parse(path, kind, options, seconds=limits.ocr_stall * _FRAMES)
        return
    # The layout model needs as much memory as OCR.
    child = _ocr_child(limits) if reading.layout and kind == "pdf" else _child(limits, nesting)
    ready = reading.ocr and needs.has_ocr()
    options["ocr"] = ready
    scanned: list[Scanned] = []
    for item in child.parse(path, kind, options):
        if isinstance(item, Scanned):
            scanned.append(item)
        else:
            yield item
    if scanned:
        yield from _with_ocr(child, path, kind, limits, options, scanned)


def _with_ocr(
    child: Child, path: Path, kind: str, limits: Limits, options: dict[str, Any], scanned: list[Scanned]
) -> Iterator[Item]:
    """Read the scanned pages by OCR, then the file again with their lines."""
    pages = [page.number for page in scanned]
    lines: dict[str, Any] = {}
    seconds = limits.ocr_stall * (1 + len(pages))
    for item in _ocr_child(limits).parse(path, "scan", {**options, "pages": pages}, seconds=seconds):
        if isinstance(item, Parsed):
            lines[item.position] = item.meta
        elif isinstance(item, Problem):
            yield item
    again = {**options, "ocr": False, "lines": lines}
    yield from child.parse(path, kind, again)


def pictures(path: Path, numbers: list[int], limits: Limits) -> dict[int, str]:
    """Pages of a PDF as PNG in base64, by number; those that cannot be drawn are left out."""
    found = _child(limits).parse(path, "picture", {"pages": numbers})
    return {int(item.position): item.meta["png"] for item in found if isinstance(item, Parsed)}


def kind_of(path: Path) -> str:
    """What a file holds, by content; `kinds.of_file`."""
    return kinds.of_file(path)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder for what an archive holds, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="rewarm-archive-") as folder:
        yield Path(folder)


def close() -> None:
    """End the children of this process; the next file starts others."""
    while _CHILDREN:
        _CHILDREN.popitem()[1].close()


# The children of this process: by limits, nesting in archives, and whether for OCR.
_CHILDREN: dict[tuple[Limits, int, bool], Child] = {}


def _child(limits: Limits, nesting: int = 0) -> Child:
    return _CHILDREN.setdefault((limits, nesting, False), Child(limits))


def _ocr_child(limits: Limits) -> Child:
    child = Child(limits, memory=limits.ocr_memory, stall=limits.ocr_stall)
    return _CHILDREN.setdefault((limits, 0, True), child)
