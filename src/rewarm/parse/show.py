"""What `rewarm parse FILE` shows: text and scores of each page, and what was not read."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.parse import kinds, needs
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Member, Page, Parsed, Problem
from rewarm.parse.read import pictures, read_file, scratch_folder
from rewarm.parse.reading import Reading


@dataclass
class Shown:
    """A file as it was parsed. members: (name in the archive, what it gave)."""

    name: str
    kind: str
    documents: list[Parsed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    members: list["Shown"] = field(default_factory=list)


def parse(path: Path, *, reading: Reading | None = None, limits: Limits | None = None) -> Shown:
    """Parse a file as `collect` does. Raises RewarmError where it does not exist or needs a package."""
    if not path.is_file():
        raise RewarmError(f"{path}: no such file")
    if why := needs.missing_for(reading or Reading()):
        raise RewarmError(f"{path.name}: {why}")
    return _parse(path, path.name, limits or Limits(), reading or Reading(), 0)


def _parse(path: Path, name: str, limits: Limits, reading: Reading, nesting: int) -> Shown:
    kind = kinds.of_file(path)
    shown = Shown(name, kind)
    if kind not in kinds.NAMES:
        said = {"text": "plain text: read as it is", "empty": "no content"}.get(kind, "of no known kind")
        shown.problems.append(Problem("", "parse.unknown_format", said, lost=kind != "text"))
        return shown
    if why := needs.missing(kind):
        raise RewarmError(f"{name}: {why}")
    if kind in kinds.ARCHIVES and nesting >= limits.nesting:
        shown.problems.append(Problem("", "archive.nesting", "archives nested too deeply"))
        return shown
    with scratch_folder() as scratch:
        for item in read_file(path, kind, limits, scratch=scratch, reading=reading, nesting=nesting):
            if isinstance(item, Parsed):
                shown.documents.append(item)
            elif isinstance(item, Problem):
                shown.problems.append(item)
            elif isinstance(item, Member):
                shown.members.append(_parse(Path(item.path), item.name, limits, reading, nesting + 1))
    return shown


def lines(shown: Shown, only: int | None = None, indent: str = "") -> Iterator[str]:
    """For a terminal. only: the page to show, of all."""
    yield f"{indent}{shown.name}  {kinds.NAMES.get(shown.kind, shown.kind)}"
    for document in shown.documents:
        facts = " · ".join(f"{name} {value}" for name, value in document.meta.items())
        place = f"{document.position}  " if document.position else ""
        yield f"{indent}document  {place}{len(document.text):,} characters{f' · {facts}' if facts else ''}"
        for page in document.pages or (Page(1, 0, len(document.text)),):
            if only is None or page.number == only:
                yield from _page(document, page, indent)
    for problem in shown.problems:
        what = "lost" if problem.lost else "note"
        place = f"{problem.position}  " if problem.position else ""
        yield f"{indent}{what:<9} {place}{problem.reason}: {problem.detail}"
    for member in shown.members:
        yield ""
        yield from lines(member, only, f"{indent}  ")


def _page(document: Parsed, page: Page, indent: str) -> Iterator[str]:
    if document.pages:
        yield f"{indent}--- page {page.number}  {score_words(page)}"
    yield document.text[page.start : page.end].strip("\n")
    yield ""


def score_words(page: Page) -> str:
    """A page's scores in one line."""
    quality = "" if page.quality is None else f"quality {page.quality:.2f}"
    parts = [quality, *page.flags, *(f"{name} {value:g}" for name, value in page.scores.items())]
    return " · ".join(part for part in parts if part)


def plain(shown: Shown) -> dict[str, Any]:
    """For programs."""
    return asdict(shown)


def html(shown: Shown, path: Path, only: int | None = None, limits: Limits | None = None) -> str:
    """One page of HTML: each page's picture beside its text and scores. Texts are escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True
    )
    rows: list[dict[str, Any]] = []
    for document in shown.documents:
        for page in document.pages or (Page(1, 0, len(document.text)),):
            if only is None or page.number == only:
                text = document.text[page.start : page.end].strip("\n")
                rows.append({"number": page.number, "scores": score_words(page), "text": text})
    numbers = [row["number"] for row in rows] if shown.kind == "pdf" else []
    drawn = pictures(path, numbers, limits or Limits()) if numbers else {}
    for row in rows:
        row["picture"] = drawn.get(row["number"], "")
    return environment.get_template("show.html").render(shown=shown, rows=rows, names=kinds.NAMES)
