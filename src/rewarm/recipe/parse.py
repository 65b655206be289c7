"""Settings of parsing documents, a part of `collect`."""

from typing import Literal

from pydantic import Field

from rewarm.recipe.part import Count, Part


class Parse(Part):
    """How much one file may take. A file or page that takes more is listed and left out; the rest goes on."""

    ocr: Literal["auto", "never"] = "auto"
    """`auto` reads scanned and garbled pages by OCR where rewarm[ocr] is installed, at some seconds a page;
    otherwise, and with `never`, they are listed."""
    memory_mb: Count = 1536
    """Address space of a parsing process: a book of 1,000 pages takes 200 MB, a decompression bomb all."""
    ocr_memory_mb: Count = 4096
    """The same for OCR, whose models and buffers take 1 GB."""
    page_seconds: float = Field(30.0, gt=0)
    """Without a finished page for so long, the page is skipped. Dense maps take a second."""
    file_seconds: float = Field(900.0, gt=0)
    """Wall and CPU time for a whole file, OCR not included."""
    max_pages: Count = 20_000
    """Pages read of one file: the longest printed manuals have 5,000."""
    max_file_mb: Count = 2048
    """Larger documents are listed and not read; tables and JSON lines have no such limit."""
    max_unpacked_mb: Count = 4096
    """What one archive or Office file may unpack to."""
    max_ratio: Count = 200
    """How many times its own size: text packs 3 to 10 times, a bomb 1,000 times. 16 MB are always allowed."""
    max_members: Count = 100_000
    """Files in one archive."""
    max_nesting: Count = 3
    """Archives within archives."""
