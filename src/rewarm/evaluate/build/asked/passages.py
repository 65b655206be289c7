"""Passages of documents: consecutive lines of bounded length, with their place."""

from collections.abc import Iterator
from dataclasses import dataclass

from rewarm.evaluate.build.documents import Document
from rewarm.evaluate.build.overlap import DocumentCounts
from rewarm.evaluate.build.sentences import language, spans

# A shorter passage has too few facts for a question.
_LEAST = 200
_LEAST_ZH = 80
# With a larger share, a passage is boilerplate or, in the transfer set, training text.
_MOST_SHARED = 0.5


@dataclass(frozen=True, slots=True)
class Passage:
    """text: characters `start` to `stop` of the document."""

    document: Document
    start: int
    stop: int

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.stop]

    @property
    def language(self) -> str:
        """zh, or "" for any other."""
        return language(self.text)


def passages(document: Document, most: int) -> Iterator[Passage]:
    """The passages of a document: whole sentences, up to `most` characters. Text without loss ends one."""
    start = stop = 0
    for first, last, _ in spans(document.text):
        hidden = any(begin < last and first < end for begin, end in document.masks)
        if stop > start and (hidden or last - start > most):
            yield from _long_enough(document, start, stop)
            start = stop = last if hidden else first
        if not hidden and last - first <= most:
            start, stop = (first, last) if stop <= start else (start, last)
    yield from _long_enough(document, start, stop)


def shared(passage: Passage, own: DocumentCounts, trained: DocumentCounts | None) -> str:
    """Why a passage is not asked about: boilerplate, in_training; "" where it is."""
    spoken = language(passage.document.text)
    if own.share(passage.text, spoken, 2) > _MOST_SHARED:
        return "boilerplate"
    if trained is not None and trained.share(passage.text, spoken, 1) > _MOST_SHARED:
        return "in_training"
    return ""


def _long_enough(document: Document, start: int, stop: int) -> Iterator[Passage]:
    if stop - start >= (_LEAST_ZH if language(document.text[start:stop]) == "zh" else _LEAST):
        yield Passage(document, start, stop)
