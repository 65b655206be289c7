"""Faults of the built site are found, and nothing else is."""

import json
from pathlib import Path

import pytest
import site_faults

GOOD = """<html><head><link rel="stylesheet" href="../style.css"></head><body>
<h1 id="first-part">First</h1>
<p><a href="../other/#there">other</a> <a href="#first-part">here</a> <a href="https://example.org/x">out</a></p>
<p>A list [1, 2] and <code>[text][name]</code>, <code>| a | b |</code>, rewarm[ocr].</p>
<img src="../images/a.png"></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "page").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "images").mkdir()
    (tmp_path / "style.css").touch()
    index = {"config": {"separator": r"\s+|(?<=[\u4e00-\u9fff])|(?=[\u4e00-\u9fff])"}}
    (tmp_path / "search.json").write_text(json.dumps(index))
    (tmp_path / "images/a.png").touch()
    (tmp_path / "other/index.html").write_text('<h2 id="there">There</h2>')
    (tmp_path / "page/index.html").write_text(GOOD)
    return tmp_path


def test_a_good_page_has_no_fault(site: Path) -> None:
    assert site_faults.faults(site) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<p>See [the plan][plan].</p>", "unresolved reference '[the plan][plan]'"),
        ("<p>See [the plan][].</p>", "unresolved reference '[the plan][]'"),
        ("<p>见[计划](plan.md)。</p>", "unresolved reference '[计划](plan.md)'"),
        ("<p>| a | b |\n|---|---|</p>", "a row of a table is text: '| a | b |'"),
        ('<a href="../none/">x</a>', "link to ../none/: no such file"),
        ('<a href="../other/#nowhere">x</a>', "link to ../other/#nowhere: no such heading"),
        ('<a href="#nowhere">x</a>', "link to #nowhere: no such heading"),
        ('<img src="../images/none.png">', "link to ../images/none.png: no such file"),
        ('<a href="../../outside.html">x</a>', "link to ../../outside.html: no such file"),
    ],
)
def test_each_fault_is_named_with_its_page(site: Path, body: str, fault: str) -> None:
    (site.parent / "outside.html").touch()
    (site / "page/index.html").write_text(GOOD.replace("</body>", f"{body}</body>"))
    assert f"page/index.html: {fault}" in site_faults.faults(site)


def test_an_index_that_keeps_chinese_sentences_whole_is_a_fault(site: Path) -> None:
    (site / "search.json").write_text(json.dumps({"config": {"separator": r"\s+"}}))
    assert site_faults.faults(site) == ["search.json: Chinese is not taken apart: ['遗忘与对策']"]
