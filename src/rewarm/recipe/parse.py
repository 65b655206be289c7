"""Settings of parsing documents, a part of `collect`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part

Included = Literal["authors", "comments", "deletions", "hidden"]
Treatment = Literal["keep", "mask", "drop"]


class SourceParse(Part):
    """What is read of one source's documents, where it differs from `collect.parse`."""

    ocr: Literal["auto", "never"] | None = None
    """As `collect.parse.ocr`."""
    include: list[Included] | None = None
    """As `collect.parse.include`; an empty list includes nothing."""
    footnotes: Treatment | None = None
    """As `collect.parse.footnotes`."""
    references: Treatment | None = None
    """As `collect.parse.references`."""
    formulas: Literal["mark", "keep", "drop"] | None = None
    """As `collect.parse.formulas`."""
    layout: Literal["never", "auto"] | None = None
    """As `collect.parse.layout`."""


class Parse(Part):
    """What is read of documents, and how much one file may take. A file or page that takes more is listed and
    left out; the rest goes on."""

    ocr: Literal["auto", "never"] = "auto"
    """`auto` reads scanned and garbled pages by OCR where rewarm[ocr] is installed, at some seconds a page;
    otherwise, and with `never`, they are listed."""
    include: list[Included] = []
    """What is read besides the printed text: `authors` (into `meta`), `comments` and annotations, `deletions`
    of tracked changes, `hidden` sheets, slides and text. Nothing by default: drafts and notes are often wrong
    or private."""
    footnotes: Treatment = "keep"
    """Footnotes of PDF, Word and OpenDocument files: `mask` keeps them in the text, without loss."""
    references: Treatment = "keep"
    """Reference lists of PDFs. `keep`, because citations are part of legal and scientific text; `mask` or
    `drop` where names and titles should not be learned."""
    formulas: Literal["mark", "keep", "drop"] = "mark"
    """Displayed formulas of PDFs. Their characters come out of order, so `mark` puts `[formula]` or `[公式]`
    in their place and the sentence around them stays whole; `keep` leaves the characters."""
    layout: Literal["never", "auto"] = "never"
    """`auto` lets a layout model (rewarm[layout], 0.15 s a page) find headers and footers in short PDFs,
    where nothing repeats. Off by default: most documents do not need it."""
    memory_mb: Count = 1536
    """Address space of a parsing process. A book of 1,000 pages needs 200 MB."""
    ocr_memory_mb: Count = 4096
    """The same for OCR, whose models and buffers need 1 GB."""
    page_seconds: float = Field(30.0, gt=0)
    """Time limit for one page, which is then skipped. Dense maps take a second."""
    file_seconds: float = Field(900.0, gt=0)
    """Wall and CPU time for a whole file, OCR not included."""
    max_pages: Count = 20_000
    """Pages read from one file. The longest printed manuals have 5,000."""
    max_file_mb: Count = 2048
    """Larger documents are listed and not read; tables and JSON lines have no such limit."""
    max_unpacked_mb: Count = 4096
    """Unpacked size of one archive or Office file."""
    max_ratio: Count = 200
    """Largest ratio of unpacked to packed size: text has 3 to 10, a bomb 1,000. 16 MB are always allowed."""
    max_members: Count = 100_000
    """Files in one archive."""
    max_nesting: Count = 3
    """Archives within archives."""
