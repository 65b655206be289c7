"""The text of a document as its pages come, and where each stands in it.

A paragraph at the end of a page stays open until the next page shows whether it goes on; footnotes wait for
it, too.
"""

from dataclasses import replace

from rewarm.parse.parsed import Page
from rewarm.parse.pdf.joining import Words
from rewarm.parse.pdf.mending import RUNNING, append, continuation, is_figure_caption, mended
from rewarm.parse.pdf.paragraphs import Paragraph
from rewarm.parse.score.page_score import Score
from rewarm.parse.spans import marked, taken, within

# Kinds of paragraphs that are marked in the text, by the names of `spans.KINDS`.
_MARKED = {"note": "footnote", "reference": "reference", "comment": "comment", "table": "table"}


class WholeText:
    """The document's text as it grows."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._parts: list[str] = []
        self._size = 0
        self._pages: list[Page] = []
        self._open: Paragraph | None = None  # the last paragraph of the page before, not written yet
        self._notes: list[Paragraph] = []
        self._started: tuple[int, int, Score] | None = None

    def add(self, number: int, body: list[Paragraph], notes: list[Paragraph], score: Score) -> None:
        """Add a page's paragraphs and footnotes."""
        begin = None
        body = mended(body, self._words)
        if self._open is not None and self._open.kind in RUNNING:
            at = continuation(self._open, body)
            if at is not None:
                begin = self._size + (2 if self._parts else 0) + len(self._open.text.rstrip("-\u00ad"))
                append(self._open, body[at], self._words)
                body = [*body[:at], *body[at + 1 :]]
        if self._open is not None and (body or begin is None):
            self._flush()
        if begin is None:
            begin = self._size + (2 if self._parts and body and not body[0].tight else bool(self._parts))
        self._close_page(begin)
        self._started = (number, begin, score)
        for one in body[:-1]:
            self._write(one)
        if body:
            self._open = body[-1]
        self._notes += notes

    def finish(self) -> tuple[str, tuple[Page, ...]]:
        """The text and its pages."""
        self._flush()
        self._close_page(self._size)
        text, spans, places = taken("".join(self._parts), also="\u00ad")
        pages = []
        for one in self._pages:
            start, end = places.after(one.start), places.after(one.end)
            pages.append(replace(one, start=start, end=end, spans=within(spans, start, end)))
        return text, tuple(pages)

    def _flush(self) -> None:
        if self._open is not None:
            self._write(self._open)
        self._open = None
        for note in self._notes:
            self._write(note)
        self._notes = []

    def _write(self, paragraph: Paragraph) -> None:
        text = paragraph.text.strip("\n")
        if not text.strip():
            return
        if self._parts:
            between = "\n" if paragraph.tight else "\n\n"
            self._parts.append(between)
            self._size += len(between)
        if paragraph.kind in _MARKED:
            text = marked(_MARKED[paragraph.kind], text)
        elif is_figure_caption(paragraph):
            text = marked("figure", text)
        self._parts.append(text)
        self._size += len(text)

    def _close_page(self, end: int) -> None:
        if self._started is None:
            return
        number, begin, score = self._started
        self._pages.append(
            Page(number, min(begin, end), end, score.quality, score.via, score.flags, score.measures)
        )
        self._started = None
