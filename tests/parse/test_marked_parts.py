"""Footnotes, reference lists, formulas and captions: marked in the page table, left out on request."""

import kinds_of_structure
import made_pages
import page_kinds
import pytest
from made_pages import accuracy
from seeded_page import seeded_page
from test_read_on_request import spans

from rewarm.parse.pdf.paragraphs import Paragraph
from rewarm.parse.pdf.references import References


def test_footnotes_are_marked_and_can_be_dropped(parsed):
    typeset, notes = made_pages.with_footnotes()
    given = parsed(typeset.pdf)
    assert spans(given)["footnote"] == [f"{number}{note}" for number, note in enumerate(notes, 1)]
    dropped = parsed(typeset.pdf, footnotes="drop")
    assert "footnote" not in spans(dropped) and notes[0] not in dropped.text
    assert accuracy(dropped.text, typeset.text) > 0.995


def test_reference_lists_are_marked_over_pages_and_can_be_dropped(parsed):
    page = kinds_of_structure.bibliography(1)
    entries = [one for one in page.parts if one.startswith("[")]
    page.add("= Appendix", "Appendix")
    page.paragraph("This follows the list.")
    typeset = page.typeset("b")
    marked = spans(parsed(typeset.pdf))["reference"]
    assert accuracy("".join(marked), "References" + "".join(entries)) > 0.995
    text = parsed(typeset.pdf, references="drop").text
    assert text.endswith("Appendix\n\nThis follows the list.") and "References" not in text


def test_a_section_named_references_without_entries_is_text():
    pages = [[Paragraph("heading", ["References"]), *[Paragraph("text", ["A reference binds a name."])] * 3]]
    References().mark(pages[0])
    assert [one.kind for one in pages[0]] == ["heading", "text", "text", "text"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_marker_stands_for_a_displayed_formula(parsed, seed):
    typeset = page_kinds.make("equations", seed)
    given = parsed(typeset.pdf)
    assert given.text.count("[formula]") == 6 and spans(given)["formula"] == ["[formula]"] * 6
    assert accuracy(given.text, typeset.text) > 0.99
    dropped = parsed(typeset.pdf, formulas="drop").text
    assert accuracy(dropped, typeset.text.replace("[formula]", "")) > 0.99
    kept = parsed(typeset.pdf, formulas="keep").text
    assert "[formula]" not in kept and any("\U0001d400" <= letter <= "\U0001d7ff" for letter in kept)
    assert "\ufffd" not in kept


def test_the_marker_is_in_the_language_of_the_text_and_within_its_sentence(parsed):
    page = seeded_page("zh", 1, lang="zh")
    page.add("由此可得\n$ x^2 + y^2 = z^2 $\n其中各项均为正数。", "由此可得[公式]其中各项均为正数。")
    page.paragraph("当事人应当按照合同约定全面履行自己的义务，不得擅自变更或者解除合同。" * 3)
    assert parsed(page.typeset("z").pdf).text.startswith("由此可得[公式]")
    page = seeded_page("en", 1)
    page.add("We obtain\n$ x^2 + y^2 = z^2 $\nwhere all terms are positive numbers.")
    page.paragraph("The parties shall perform the contract as agreed and in good faith at all times.")
    text = parsed(page.typeset("e").pdf).text
    assert text.startswith("We obtain [formula] where all terms are positive numbers.\n")


def test_captions_stand_for_their_figures(parsed):
    typeset = page_kinds.make("figures", 0)
    captions = [one for one in typeset.paragraphs if one.startswith("Figure ")]
    assert [one.replace("\n", " ") for one in spans(parsed(typeset.pdf))["figure"]] == captions
