"""PPTX: a page a slide; shapes from top to bottom and left to right, groups and tables included.

Speaker notes follow their slide: they often say what the slide only names. Hidden slides and
reviewers' comments are read on request.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.authors import authors, facts
from rewarm.parse.office.package import open_package
from rewarm.parse.office.package_facts import of_package
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable
from rewarm.parse.spans import comment

if TYPE_CHECKING:
    from lxml.etree import _Element
    from pptx.opc.package import Part
    from pptx.shapes.base import BaseShape
    from pptx.shapes.shapetree import _BaseShapes


def read_pptx(job: Job) -> Iterator[Item]:
    """One document."""
    with open_package(job.path, job.limits) as archive:
        names = authors(archive) if job.includes("authors") else []
    import pptx

    try:
        presentation = pptx.Presentation(str(job.path))
    except (KeyError, ValueError) as error:
        raise Unreadable("parse.pptx", f"is not a complete PowerPoint file: {error}") from None
    parts = []
    for number, slide in enumerate(presentation.slides, 1):
        if str(number) in job.skip:
            continue
        job.begin(str(number))
        if slide._element.get("show") == "0" and not job.includes("hidden"):
            yield Problem(str(number), "parse.hidden", "a hidden slide, not read", lost=False)
            continue
        blocks = list(_shapes(slide.shapes))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            blocks.append(slide.notes_slide.notes_text_frame.text)
        if job.includes("comments"):
            blocks += map(comment, _comments(slide.part))
        parts.append((number, "\n\n".join(block for block in blocks if block.strip())))
    if job.includes("comments") and job.includes("authors"):
        names += _reviewers(presentation.part)
    text, pages = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "pptx", pages, {**facts(names), **of_package(job.path, "docProps/core.xml")})


def _comments(part: "Part") -> Iterator[str]:
    """Texts of a slide's comments, of PowerPoint up to 2019 and of later versions with their replies."""
    for root in _related(part, ("/comments",)):
        for one in root.iter():
            name = one.tag.rpartition("}")[2] if isinstance(one.tag, str) else ""
            if name == "text":
                yield one.text or ""
            elif name == "txBody":
                yield " ".join(run.text or "" for run in one.iter() if str(run.tag).endswith("}t"))


def _reviewers(part: "Part") -> list[str]:
    return [
        one.get("name", "")
        for root in _related(part, ("/commentAuthors", "/authors"))
        for one in root.iter()
        if one.get("name")
    ]


def _related(part: "Part", kinds: tuple[str, ...]) -> Iterator["_Element"]:
    """Roots of the related parts of these kinds."""
    from lxml import etree

    for relation in part.rels.values():
        if relation.reltype.endswith(kinds) and not relation.is_external:
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            yield etree.fromstring(relation.target_part.blob, parser)


def _shapes(shapes: "_BaseShapes") -> Iterator[str]:
    # Titles first, then by place: rows of half an inch, since boxes of one line differ by a few points.
    def order(shape: "BaseShape") -> tuple[bool, int, int]:
        title = shape.is_placeholder and "TITLE" in str(shape.placeholder_format.type)
        return not title, (shape.top or 0) // 457_200, shape.left or 0

    for shape in sorted(shapes, key=order):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif getattr(shape, "has_table", False) and shape.has_table:
            yield table_text([cell.text for cell in row.cells] for row in shape.table.rows)
        elif shape.has_text_frame:
            kind = str(shape.placeholder_format.type) if shape.is_placeholder else ""
            if not any(word in kind for word in ("SLIDE_NUMBER", "FOOTER", "DATE")):
                yield "\n".join(line.text.replace("\v", "\n") for line in shape.text_frame.paragraphs)
