"""Text of pages whose source is known; the score is 1 − edit distance / longer length, without spaces."""

import made_pages as made
import pytest

MADE = {
    "one_column": made.one_column,
    "two_columns": made.two_columns,
    "chinese": made.chinese_page,
    "chinese_two_columns": lambda: made.chinese_page(columns=2),
    "space_between": made.with_space_between,
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
