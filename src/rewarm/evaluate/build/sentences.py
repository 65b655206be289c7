"""Sentences of a document with their place, and which of them can be a question.

A sentence must be readable alone: what begins with "it" or "前款" points to text that the question does not
show. The document's title is shown as context, so "this Act" may stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rewarm.evaluate.build.documents import Document
from rewarm.recipe.bench import Lengths

_LINE = re.compile(r"[^\n]+")
# Abbreviations such as "e.g." and "Fig. 3" are not followed by a capital and a lower-case word start.
_END = re.compile(r"(?<=[。！？；])|(?<=[.!?])(?=\s+[\"“(]?[A-Z0-9])|(?<=[.!?][\"”)])(?=\s+[A-Z])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|Dr|Mr|Mrs|Ms|St|Fig|No|al|approx|cf|Inc|U\.S)|\b[A-Z])\.$"
)
_WORD = re.compile(r"[A-Za-zÀ-ÿ][\w'’-]*|\d[\d.,]*")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_DANGLING = re.compile(
    r"^\W*(?:it|its|they|their|them|this|these|those|that|such|he|she|his|her|both|however|also|but|and|or|"
    r"so|thus|then|therefore|instead|otherwise|similarly|in addition|for example|as a result|other)\b|"
    r"^[（(][一二三四五六七八九十\d]{1,3}[)）]|^[\W\d]*(?:其[^他它中]|该|此|这|那|上述|前述|基于|前[一两二三]?[款项条]|本[款项]|但|但是|并|并且|或者|以及|也|"
    r"他|她|它|因此|所以|否则|同时|其中|例如|下列|有前)|"
    r"前[一两二三]?[款项条]|上[一]?[款项条]|as follows|the following|下列|如下|以下[^\d]{0,4}[:：]|[:：]$",
    re.IGNORECASE,
)
_UNREADABLE = re.compile(r"https?://|www\.|[<>{}|\\^~_=]{2,}|\.{4,}|…{2,}|(?:\s-\s.*){3,}")
# A title has one line of so many characters, and no full stop at its end.
_TITLE = {"zh": 40, "": 90}


@dataclass(frozen=True, slots=True)
class Sentence:
    """text: as in the document, from character `start` to `stop`; title: of the document, may be empty;
    paragraph: the line that it stands in, as [start, stop)."""

    document: Document
    text: str
    start: int
    stop: int
    title: str
    paragraph: tuple[int, int]

    @property
    def language(self) -> str:
        """zh, or "" for any other."""
        return language(self.text)


def language(text: str) -> str:
    """zh where a third of the characters are Chinese, otherwise ""."""
    solid = sum(not letter.isspace() for letter in text)
    return "zh" if 3 * len(_HAN.findall(text)) >= max(1, solid) else ""


def spans(text: str) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """(start, stop, line) of every sentence; never across lines."""
    for line in _LINE.finditer(text):
        start = line.start()
        for match in _END.finditer(line[0]):
            stop = line.start() + match.start()
            if not _ABBREVIATION.search(text[max(start, stop - 8) : stop]):
                yield from _trimmed(text, start, stop, line.span())
                start = stop
        yield from _trimmed(text, start, line.end(), line.span())


def _trimmed(
    text: str, start: int, stop: int, line: tuple[int, int]
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    while start < stop and text[start].isspace():
        start += 1
    while stop > start and text[stop - 1].isspace():
        stop -= 1
    if start < stop:
        yield start, stop, line


def sentences(document: Document) -> Iterator[Sentence]:
    """Every sentence of a document, in order."""
    title, after = _title(document.text)
    for start, stop, line in spans(document.text):
        if start >= after:
            yield Sentence(document, document.text[start:stop], start, stop, title, line)


def unfit(sentence: Sentence, lengths: Lengths) -> str:
    """Why a sentence is no question: too_short, too_long, not_self_contained, not_prose; "" where it is
    one."""
    text = sentence.text
    if sentence.language == "zh":
        size, (least, most) = len(text), lengths.characters
    else:
        size, (least, most) = len(_WORD.findall(text)), lengths.words
    if size < least:
        return "too_short"
    if size > most or len(text) > 12 * most:
        return "too_long"
    if _UNREADABLE.search(text) or text[-1] not in '.!。！；;"”)）':
        return "not_prose"
    return "not_self_contained" if _DANGLING.search(text) else ""


def _title(text: str) -> tuple[str, int]:
    """The title and where the text behind it begins; "" and 0 where the first line is none."""
    first, _, rest = text.lstrip().partition("\n")
    title = first.strip().lstrip("# ").strip()
    short = len(title) <= _TITLE[language(title)]
    if (
        not rest.strip()
        or not title
        or not short
        or title[-1] in ".。！？!;；，,"
        or re.search("[:：]|____", title)
    ):
        return "", 0
    return title, text.index(first) + len(first)
