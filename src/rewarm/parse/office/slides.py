"""PPTX: a page a slide; shapes from top to bottom and left to right, groups and tables included.

Speaker notes follow their slide: they often say what the slide only names. Hidden slides are left out.
"""

from collections.abc import Iterator
from typing import Any

from rewarm.parse.assemble import join_pages, table_text
from rewarm.parse.job import Job
from rewarm.parse.office.package import open_package
from rewarm.parse.parsed import Item, Parsed, Problem, Unreadable


def read_pptx(job: Job) -> Iterator[Item]:
    """One document."""
    open_package(job.path, job.limits).close()
    import pptx

    try:
        presentation = pptx.Presentation(str(job.path))
    except (KeyError, ValueError) as error:
        raise Unreadable("parse.pptx", f"is no complete PowerPoint file: {error}") from None
    parts = []
    for number, slide in enumerate(presentation.slides, 1):
        if str(number) in job.skip:
            continue
        job.begin(str(number))
        if slide._element.get("show") == "0":
            yield Problem(str(number), "parse.hidden", "a hidden slide, not read", lost=False)
            continue
        blocks = list(_shapes(slide.shapes))
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            blocks.append(slide.notes_slide.notes_text_frame.text)
        parts.append((number, "\n\n".join(block for block in blocks if block.strip())))
    text, pages = join_pages(parts)
    if not text:
        raise Unreadable("parse.empty", "has no text")
    yield Parsed("", text, "pptx", pages)


def _shapes(shapes: Any) -> Iterator[str]:
    # Titles first, then by place: rows of half an inch, since boxes of one line differ by a few points.
    def order(shape: Any) -> tuple[bool, int, int]:
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
