"""The layout model: headers of files of one page, where nothing repeats."""

import page_kinds
import pytest
from seeded_page import seeded_page

from rewarm.errors import RewarmError
from rewarm.parse import needs, show
from rewarm.parse.limits import Limits
from rewarm.parse.reading import Reading


def single(around: str, seed: int = 3):
    page = seeded_page("single", seed, around=around)
    page.prose(6)
    return page_kinds.first_page(page.typeset("single"))


def test_a_header_on_a_files_only_page_goes(parsed):
    typeset = single("header: [Almanac of Notices #h(1fr) Volume 7]")
    assert "Almanac of Notices" in parsed(typeset.pdf).text
    given = parsed(typeset.pdf, limits=Limits(), layout=True)
    assert "Almanac" not in given.text and "Volume 7" not in given.text
    assert given.text.startswith(typeset.paragraphs[0][:60])


def test_text_and_headings_stay(parsed):
    for kind in ("plain", "letter", "title_page", "tables"):
        typeset = page_kinds.first_page(page_kinds.make(kind, 1))
        assert parsed(typeset.pdf, limits=Limits(), layout=True).text == parsed(typeset.pdf).text


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "a.pdf"
    path.write_bytes(single("").pdf)
    monkeypatch.setattr(needs, "find_spec", lambda name: None if name == "rapid_layout" else True)
    with pytest.raises(RewarmError, match=r"rewarm\[layout\]"):
        show.parse(path, reading=Reading(layout=True))
