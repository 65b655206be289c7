"""No file crashes, hangs or fills the memory of the process that asks; each is answered with a reason."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import hostile
import psutil
import pytest
from hostile import QUICK

from rewarm.parse.limits import Limits
from rewarm.parse.sandbox import child

BODIES = (
    ("The first page has clause one.", "It goes on for two lines."),
    ("Another page follows here with more words.",),
    ("Page three says nothing new", "but says it", "in three lines."),
    ("Last, a page about delivery.",),
)
SOUND = hostile.pages(hostile.text("A sound page after a hostile file."))


@contextmanager
def watched() -> Iterator[list[int]]:
    """[the most bytes that a parsing child took], as seen every 10 ms; other children of this process do
    not count."""
    peak, over = [0], threading.Event()

    def look() -> None:
        for process in psutil.Process().children(recursive=True):
            try:
                if child.__name__ in process.cmdline():
                    peak[0] = max(peak[0], process.memory_info().rss)
            except psutil.Error:
                continue

    def watch() -> None:
        while not over.wait(0.01):
            look()
        look()  # a file may be refused sooner than the first look

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (
            hostile.page_tree_loop(),
            {"parse.pdf", "parse.crash", "parse.time", "parse.page", "parse.too_many_pages"},
        ),
        (hostile.deflate_bomb(), {"parse.crash", "parse.memory", "parse.time", "parse.page", "parse.empty"}),
        (
            hostile.text_bomb(),
            {"parse.crash", "parse.memory", "parse.time", "parse.page", "parse.page_too_dense"},
        ),
    ],
    ids=["page-tree loop", "deflate bomb", "text bomb"],
)
def test_a_hostile_pdf_is_answered_in_time_and_the_next_file_is_read(parsed, data, reasons):
    began = time.monotonic()
    with watched() as peak:
        given = parsed(data, "hostile.pdf")
    assert time.monotonic() - began < QUICK.seconds + 15
    assert given.problems and set(given.reasons) <= reasons | {"parse.empty"} and len(given.reasons) < 30
    assert not given.documents
    assert 0 < peak[0] < QUICK.memory
    assert parsed(SOUND, "sound.pdf").text == "A sound page after a hostile file."


def test_a_page_that_kills_its_parser_costs_that_page(parsed):
    bomb = hostile.stream(
        hostile.zlib.compress(hostile.zlib.compress(b"0 " * (700 << 19), 9), 9),
        b"/Filter [/FlateDecode /FlateDecode]",
    )
    data = hostile.pages(hostile.text("First page."), bomb, hostile.text("Third page."))
    given = parsed(data, limits=Limits(memory=600 << 20, stall=8.0, seconds=60.0))
    assert [page.number for page in given.documents[0].pages if page.end > page.start] == [1, 3]
    assert "First page." in given.text and "Third page." in given.text
    assert [problem.position for problem in given.problems] == ["2"]


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"", "empty.pdf", "parse.empty_file"),
        (SOUND[: len(SOUND) // 3], "cut.pdf", "parse.pdf"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "noise.pdf", "parse.pdf"),
        (hostile.laughing_docx(), "laughs.docx", "parse.entities"),
        (hostile.zip_of({"word/document.xml": b"<w>"}), "bare.docx", "parse.docx"),
        (hostile.zip_of({"a": b"x", "word/document.xml": b"y"})[:60], "cut.docx", "parse.truncated"),
        (b"{\\rtf1 cut off \\b in the mid", "cut.rtf", "parse.truncated"),
    ],
    # Archives hold the time at which they were made: as names of tests, workers would disagree on them.
    ids=["empty", "cut pdf", "noise", "entities", "bare docx", "cut docx", "cut rtf"],
)
def test_what_cannot_be_read_has_a_reason(parsed, data, name, reason):
    given = parsed(data, name)
    assert given.reasons == [reason] and not given.documents


def test_a_cut_pdf_gives_the_pages_that_are_left(parsed):
    data = hostile.pages(*(hostile.text(*lines) for lines in BODIES))
    given = parsed(data[: data.rindex(b"%%EOF")])
    assert "clause one" in given.text and given.reasons == ["parse.truncated"]
    assert not given.problems[0].lost


def test_an_excess_of_pages_is_cut_and_said(parsed):
    data = hostile.pages(*(hostile.text(*lines) for lines in BODIES))
    given = parsed(data, limits=Limits(pages=2))
    assert len(given.documents[0].pages) == 2 and given.reasons == ["parse.too_many_pages"]
