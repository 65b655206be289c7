"""Text of pages whose source is known; the score is 1 − edit distance / longer length, without spaces."""

import made_pages as made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.parse.pdf import columns, furniture, paragraphs
from rewarm.parse.pdf.glyphs import Segment
from rewarm.parse.pdf.joining import Words
from rewarm.parse.pdf.mending import mended
from rewarm.parse.pdf.page import PageText

MADE = {
    "one_column": made.one_column,
    "two_columns": made.two_columns,
    "chinese": made.chinese_page,
    "chinese_two_columns": lambda: made.chinese_page(columns=2),
    "space_between": made.with_space_between,
    "article": made.article,
    "book": made.book,
    "journal": made.journal,
    "three_columns": lambda: made.columns_of(3),
    "ragged_columns": lambda: made.columns_of(2, justify=False),
}


@pytest.mark.parametrize("name", MADE)
def test_born_digital_text_is_that_of_the_source(parsed, name):
    typeset = MADE[name]()
    given = parsed(typeset.pdf)
    assert made.accuracy(given.text, typeset.text) >= 0.995
    assert not given.problems
    for line in typeset.furniture:
        assert line not in given.text


@pytest.mark.parametrize("name", ["one_column", "chinese", "space_between"])
def test_paragraphs_are_those_of_the_source(parsed, name):
    typeset = MADE[name]()
    found = set(parsed(typeset.pdf).text.replace("\n\n", "\n").split("\n"))
    kept = sum(one in found for one in typeset.paragraphs)
    assert kept >= 0.85 * len(typeset.paragraphs)


def test_footnotes_stand_apart_and_sentences_go_on_across_pages(parsed):
    typeset, notes = made.with_footnotes()
    lines = parsed(typeset.pdf).text.replace("\n\n", "\n").split("\n")
    for number, note in enumerate(notes, 1):
        assert f"{number}{note}" in lines
    kept = sum(one in lines for one in typeset.paragraphs)
    assert kept >= len(typeset.paragraphs) - 1


def test_pages_are_where_they_say(parsed):
    given = parsed(made.one_column().pdf)
    (document,) = given.documents
    pages = document.pages
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    assert pages[0].start == 0 and pages[-1].end == len(document.text)
    import pypdfium2

    source = pypdfium2.PdfDocument(made.one_column().pdf)
    for page in pages:
        shown = source[page.number - 1].get_textpage().get_text_range()
        words = document.text[page.start : page.end].split()
        inside = [word for word in words[3:-3] if word.isalpha()]
        assert sum(word in shown for word in inside) > 0.9 * len(inside)


def test_whatever_the_places_of_its_text_a_page_is_laid_out():
    """Segments anywhere, of any size: every text is given once, in some order."""

    @given(
        st.lists(
            st.tuples(
                st.text("ab \t-中。•1\u00ad", min_size=1, max_size=12),
                st.floats(-50, 700), st.floats(0.1, 400), st.floats(-50, 900), st.floats(0.5, 60),
                st.booleans(),
            ),
            max_size=40,
        )
    )  # fmt: skip
    def check(drawn):
        segments = [
            Segment(text, x, x + wide, y, y + size, size, order, mono, mono and order % 2 == 0)
            for order, (text, x, wide, y, size, mono) in enumerate(drawn)
        ]
        blocks = columns.ordered(list(segments))
        placed = [id(one) for block in blocks for row in block.rows for one in row.segments]
        assert sorted(placed) == sorted(map(id, segments))
        words = Words()
        words.learn(one.text for one in segments)
        body, _ = paragraphs.paragraphs(blocks, 10.0, words)
        mended(body, words)
        page = PageText(1, 600, 800, list(segments))
        furniture.remove([page, PageText(2, 600, 800, list(segments))])

    check()
