"""A PDF → one document with pages.

Pages are read in windows, so that a book of 20,000 pages needs the memory of 200. Within a window furniture
is found and taken out, pages are put in reading order, and paragraphs that go on across a page are joined.
A page without text that can be read goes to OCR, or is listed; the others stay.
"""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rewarm.parse.images.layout import segments_of_lines
from rewarm.parse.job import Job
from rewarm.parse.office.authors import facts
from rewarm.parse.parsed import Item, Parsed, Problem, Scanned, Unreadable
from rewarm.parse.pdf import (
    annotations,
    columns,
    furniture,
    layout_model,
    page,
    paragraphs,
    ruled_tables,
    wrapped_tables,
)
from rewarm.parse.pdf.facts import pdf_facts
from rewarm.parse.pdf.joining import Words
from rewarm.parse.pdf.page import PageText
from rewarm.parse.pdf.paragraphs import Paragraph
from rewarm.parse.pdf.references import References
from rewarm.parse.pdf.whole_text import WholeText
from rewarm.parse.score import order, page_score
from rewarm.parse.score.page_score import Score
from rewarm.parse.spans import word

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_WINDOW = 200
# A page tree that leads nowhere promises a million pages.
_MOST_FAILED = 20
_ERRORS = {
    "password": ("parse.encrypted", "needs a password: save it without one"),
    "security": ("parse.encrypted", "uses an encryption that cannot be read"),
}


def read_pdf(job: Job) -> Iterator[Item]:
    """One document; problems by page; or the pages that need OCR, where `options["ocr"]` says it is there.

    options["lines"]: what OCR found, by page, as `images/scan.py` gives it.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(job.path)
    except pypdfium2.PdfiumError as error:
        said = str(error).lower()
        reason = next((found for word, found in _ERRORS.items() if word in said), None)
        raise Unreadable(*(reason or ("parse.pdf", f"is damaged beyond repair ({error})"))) from None
    try:
        yield from _Reading(job, document).items()
    finally:
        document.close()


class _Reading:
    """One reading of a document."""

    def __init__(self, job: Job, document: "PdfDocument") -> None:
        self.job, self.document = job, document
        self.words = Words()
        self.text = WholeText(self.words)
        self.scanned: list[Scanned] = []
        self.problems: list[Problem] = []
        self.unread = 0
        self.failed_in_row = 0
        self.producer = page_score.scanner(f"{_fact(document, 'Creator')} {_fact(document, 'Producer')}")
        self.reading = job.reading
        self.references = References()
        self.gutters: list[columns.Gutter] = []
        self.reviewers: list[str] = []

    def items(self) -> Iterator[Item]:
        count = len(self.document)
        if not count:
            raise Unreadable("parse.pdf", "has no page")
        most = min(count, self.job.limits.pages)
        if most < count:
            detail = f"has {count:,} pages; the first {most:,} are read"
            yield Problem("", "parse.too_many_pages", detail)
        if _is_cut(self.job):
            yield Problem(
                "", "parse.truncated", "ends before its end mark: what is there is read", lost=False
            )
        for first in range(1, most + 1, _WINDOW):
            self._window(range(first, min(first + _WINDOW, most + 1)))
            yield from self.problems
            yield from self.scanned
            self.problems.clear()
            if not self.job.options.get("ocr"):
                self.scanned.clear()
            elif self.scanned:
                return (yield from self._only_scans(range(first + _WINDOW, most + 1)))
        text, pages = self.text.finish()
        if not text.strip():
            raise Unreadable("parse.empty", _why_empty(self.unread, count))
        meta: dict[str, Any] = {"pages": count}
        if self.producer:
            meta["scanner"] = self.producer
        if self.job.includes("authors"):
            meta.update(facts([_fact(self.document, "Author"), *self.reviewers]))
        meta |= pdf_facts(self.job.path, self.document)
        yield Parsed("", text, "pdf", pages, meta)

    def _window(self, numbers: range) -> None:
        read = [found for number in numbers if (found := self._page(number)) is not None]
        scores = {one.number: self._judge(one) for one in read}
        usable = [one for one in read if scores[one.number] is not None]
        if self.scanned and self.job.options.get("ocr"):
            return
        removed = furniture.remove(usable)
        if self.reading.layout:
            for one, gone in zip(usable, removed, strict=True):
                if not gone and not one.is_turned and one.segments:
                    self.job.begin(str(one.number))
                    layout_model.remove(self.document, one)
        for one in usable:
            self.words.learn(segment.text for segment in one.segments)
        body = _body_size(usable)
        for one in usable:
            score = scores[one.number]
            assert score is not None
            try:
                body_paragraphs, notes = self._laid_out(one, body, score)
            except (ValueError, IndexError, ArithmeticError, TypeError) as error:
                # Whatever odd geometry does to the layout, the other pages stay.
                detail = f"the page cannot be laid out ({type(error).__name__}: {error})"
                self.problems.append(Problem(str(one.number), "parse.page", detail))
                self.unread += 1
                continue
            self.references.mark(body_paragraphs)
            if self.reading.references == "drop":
                body_paragraphs = [other for other in body_paragraphs if other.kind != "reference"]
            if self.reading.footnotes == "drop":
                notes = []
            self.text.add(one.number, body_paragraphs, [*notes, *self._comments(one.number)], score)

    def _laid_out(self, one: PageText, body: float, score: Score) -> tuple[list[Paragraph], list[Paragraph]]:
        if one.rules:
            one.segments = ruled_tables.with_whole_cells(one.segments, one.rules, self.words)
        one.segments = wrapped_tables.with_whole_cells(one.segments, self.words)
        blocks = columns.ordered(one.segments, self.gutters)
        page_score.add_order(score, order.disorder(blocks))
        return paragraphs.paragraphs(blocks, _size_of_page(one, body), self.words, self.reading.formulas)

    def _comments(self, number: int) -> list[Paragraph]:
        if not self.job.includes("comments"):
            return []
        found = annotations.comments(self.document, number)
        self.reviewers += [author for author, _ in found]
        return [Paragraph("comment", [word("comment", text) + " ".join(text.split())]) for _, text in found]

    def _page(self, number: int) -> PageText | None:
        position = str(number)
        if position in self.job.skip:
            return None
        self.job.begin(position)
        given = self.job.options.get("lines", {}).get(position)
        if given is not None:
            return _from_ocr(number, given)
        try:
            found = page.read(self.document, number)
        except MemoryError:
            raise
        except Exception as error:  # pypdfium2 raises its own for pages that are damaged
            self.problems.append(Problem(position, "parse.page", f"the page cannot be read ({error})"))
            self.unread += 1
            self.failed_in_row += 1
            if self.failed_in_row > _MOST_FAILED:
                detail = f"{self.failed_in_row} pages in a row cannot be read; the rest is not tried"
                raise Unreadable("parse.pdf", detail) from None
            return None
        self.failed_in_row = 0
        self.problems += found.problems
        return found

    def _judge(self, one: PageText) -> Score | None:
        """The page's score; None where its text cannot be used, which is listed."""
        given = self.job.options.get("lines", {}).get(str(one.number))
        score = page_score.of_page(one, self.producer, None if given is None else float(given["confidence"]))
        if given is not None and not given["lines"]:
            self.problems.append(Problem(str(one.number), "parse.no_text", "OCR found no text", lost=False))
            return None
        if given is None and score.needs_ocr:
            if self.job.options.get("ocr"):
                self.scanned.append(Scanned(one.number, score.why))
                return None
            if score.why == "blank":
                return score
            if "lines" not in self.job.options:
                remedy = "install rewarm[ocr] to read it"
            else:
                remedy = "OCR found nothing"
            reason = "parse.garbled_page" if one.characters else "parse.scanned_page"
            self.problems.append(Problem(str(one.number), reason, f"{score.why}: {remedy}"))
            self.unread += 1
            return None
        return score

    def _only_scans(self, numbers: range) -> Iterator[Item]:
        """The pages left that need OCR: the text is read again with what OCR finds."""
        for number in numbers:
            self.scanned.clear()
            found = self._page(number)
            if found is not None:
                self._judge(found)
            yield from self.scanned
        self.problems.clear()


def _body_size(pages: list[PageText]) -> float:
    """The size in which most characters stand."""
    sizes = _sizes(pages)
    return sizes.most_common(1)[0][0] if sizes else 12.0


def _size_of_page(one: PageText, usual: float) -> float:
    """The size of a page's text: the document's, unless the page has hardly any of it (an appendix, a form).

    A last page of two lines and a long footnote has its body in the size of the others.
    """
    sizes = _sizes([one])
    total = sizes.total()
    near = sum(count for size, count in sizes.items() if abs(size - usual) <= 0.5)
    return usual if not total or near > 0.04 * total else sizes.most_common(1)[0][0]


def _sizes(pages: list[PageText]) -> Counter[float]:
    sizes: Counter[float] = Counter()
    for one in pages:
        for segment in one.segments:
            sizes[round(segment.size * 2) / 2] += len(segment.text)
    return sizes


def _from_ocr(number: int, given: dict[str, Any]) -> PageText:
    lines = segments_of_lines(given["lines"])
    characters = sum(len(line.text) for line in lines)
    return PageText(
        number, given["width"], given["height"], lines, characters=characters, images=1.0, is_scan=True
    )


def _fact(document: "PdfDocument", name: str) -> str:
    """An entry of the document's information; empty where it is missing or damaged."""
    try:
        return str(document.get_metadata_value(name))
    except Exception:  # pypdfium2 raises its own for damaged metadata, which costs nothing
        return ""


def _is_cut(job: Job) -> bool:
    with job.path.open("rb") as stream:
        stream.seek(max(0, job.path.stat().st_size - 4096))
        return b"%%EOF" not in stream.read()


def _why_empty(unread: int, count: int) -> str:
    if unread:
        return f"none of its {count:,} pages has text that can be read"
    return f"its {count:,} {'page holds' if count == 1 else 'pages hold'} no text"
