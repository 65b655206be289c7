"""How much one file may take. Every excess costs that file or page, never the run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """memory: bytes of address space of the parsing process; stall: seconds without a finished page or
    record, after which the page is skipped; seconds: of wall time and of CPU for a whole file; pages: that
    are read of one file; output: UTF-8 bytes of text of one file; expansion: bytes that one archive, or an
    Office file, may unpack to; ratio: how many times its own size (small files may unpack to 16 MB in any
    case); members: files in an archive; nesting: archives within archives; file: bytes of the file itself.
    """

    memory: int = 1536 * 2**20
    stall: float = 30.0
    seconds: float = 900.0
    pages: int = 20_000
    output: int = 256 * 2**20
    expansion: int = 4 * 2**30
    ratio: int = 200
    members: int = 100_000
    nesting: int = 3
    file: int = 2 * 2**30
    ocr_memory: int = 4 * 2**30
    ocr_stall: float = 120.0

    def unpacked(self, size: int) -> int:
        """The most bytes that a compressed file of `size` bytes may unpack to."""
        return min(self.expansion, max(16 * 2**20, size * self.ratio))
