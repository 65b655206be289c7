"""What parsing gives, and its form between processes.

Results travel as JSON: a parser that a hostile file has taken over can lie about text, but it cannot make
this process run anything, as a pickle could.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from rewarm.parse.spans import Spans


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a text that stands on one page (slide, sheet, chapter).

    number: from 1; start, end: characters of the text; quality: 0..1, how readable the text is (None where
    there is nothing to doubt, as in HTML); via: `text` or `ocr`; flags: what is known to be wrong with it;
    scores: the measures behind the quality; spans: (kind, start, end) of its footnotes, references,
    comments and the like, in characters of the whole text (`spans.py`).
    """

    number: int
    start: int
    end: int
    quality: float | None = None
    via: str = "text"
    flags: tuple[str, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    spans: Spans = ()


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document. position: where in the file it stands, empty for the whole; meta: short facts."""

    position: str
    text: str
    kind: str
    pages: tuple[Page, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """What was not read (`lost`), or was read otherwise than it stands there.

    reason: a dotted name; position: page or record.
    """

    position: str
    reason: str
    detail: str
    excerpt: str = ""
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """A file unpacked from an archive. name: in the archive; path: where it lies now."""

    name: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """A page that needs OCR: its number, and why."""

    number: int
    why: str


Item = Parsed | Problem | Member | Scanned
_KINDS = {"parsed": Parsed, "problem": Problem, "member": Member, "scanned": Scanned}


def to_plain(item: Item) -> dict[str, Any]:
    """The item as JSON values."""
    return {"is": type(item).__name__.lower(), **asdict(item)}


def from_plain(plain: dict[str, Any]) -> Item:
    """The item from JSON values. Raises KeyError or TypeError for anything else."""
    values = dict(plain)
    kind = _KINDS[values.pop("is")]
    if kind is Parsed:
        values["pages"] = tuple(
            Page(**{**page, "flags": tuple(page["flags"]), "spans": tuple(map(tuple, page.get("spans", ())))})
            for page in values.get("pages", ())
        )
    item: Item = kind(**values)
    return item


class Unreadable(Exception):
    """Raised by a parser: the file cannot be read. reason: a dotted name; the text says why."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
