"""A source for a typesetting program, made part by part with the text that its pages show."""

import random
import re
import subprocess
import tempfile
from pathlib import Path

import typst_source

_TIMEOUT = 120
_PROGRAMS = {
    "pdflatex": ["pdflatex", "-interaction=nonstopmode", "-halt-on-error"],
    "pdftex": ["pdftex", "-interaction=nonstopmode", "-halt-on-error"],
    # Without pages for authors, revisions and lists of contents.
    "dblatex": [
        "dblatex", "-q", "-P", "doc.collab.show=0", "-P", "latex.output.revhistory=0", "-P", "doc.toc.show=0",
        "-P", "doc.lot.show=", "-P", "doc.publisher.show=0", "-o", "page.pdf",
    ],
}  # fmt: skip


class Source:
    """A source and the text that its page shows, made part by part."""

    def __init__(self, kind: str, seed: int) -> None:
        self.rng = random.Random(f"{kind}{seed}")
        self.source: list[str] = []
        self.text: list[str] = []

    def words(self, sentences: int) -> str:
        return typst_source.english(self.rng, sentences)

    def title(self) -> str:
        return re.sub(r"[^A-Za-z ]", "", self.words(1))[:40].rpartition(" ")[0]

    def add(self, source: str, *text: str) -> None:
        self.source.append(source)
        self.text += text

    def rows(self, columns: int, rows: int, sentences: int = 0) -> list[list[str]]:
        def cell() -> str:
            if sentences:
                return self.words(sentences)
            return " ".join(typst_source.english(self.rng, 1).split()[:2]).strip(",.;?")

        return [[cell() for _ in range(columns)] for _ in range(rows)]


def compiled(program: str, source: str, name: str) -> bytes:
    """The PDF. Raises RuntimeError with the end of the log where the source cannot be typeset."""
    with tempfile.TemporaryDirectory(prefix="bench-tex-") as folder:
        Path(folder, name).write_text(source, encoding="utf-8")
        command = [*_PROGRAMS[program], name]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_TIMEOUT)
        pdf = Path(folder, name).with_suffix(".pdf")
        if done.returncode or not pdf.exists():
            log = (done.stdout + done.stderr).decode("utf-8", "replace")
            raise RuntimeError(f"{program}: {log[-800:]}")
        return pdf.read_bytes()
