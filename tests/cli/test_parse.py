"""`rewarm parse FILE`."""

import json
from pathlib import Path

import hostile
import pytest
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.errors import RewarmError

TEXT = "The tenant pays <b>rent</b>"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    inner = hostile.pages(hostile.text(TEXT, "on the first day."), hostile.text("A second page \\(two\\)."))
    path = tmp_path / "lease.pdf"
    path.write_bytes(inner)
    (tmp_path / "case.zip").write_bytes(hostile.zip_of({"a/lease.pdf": inner, "../x": b"y"}))
    return path


def test_text_and_scores_by_page(file: Path) -> None:
    said = CliRunner().invoke(cli, ["parse", str(file), "--no-ocr"])
    assert said.exit_code == 0, said.output
    assert (
        "--- page 1  quality 1.00 · characters" in said.output and f"{TEXT} on the first day." in said.output
    )
    one = CliRunner().invoke(cli, ["parse", str(file), "--page", "2"])
    assert "A second page (two)." in one.output and TEXT not in one.output


def test_members_of_archives_are_shown_with_what_is_refused(file: Path) -> None:
    said = CliRunner().invoke(cli, ["parse", str(file.with_name("case.zip"))])
    assert "a/lease.pdf  PDF" in said.output and TEXT in said.output
    assert "archive.path" in said.output


def test_json_and_html(file: Path, tmp_path: Path) -> None:
    said = CliRunner().invoke(cli, ["parse", str(file), "--json"])
    (document,) = json.loads(said.output)["documents"]
    assert [page["number"] for page in document["pages"]] == [1, 2] and TEXT in document["text"]
    page = tmp_path / "out.html"
    said = CliRunner().invoke(cli, ["parse", str(file), "--html", str(page)])
    html = page.read_text()
    assert said.exit_code == 0 and html.count("data:image/png;base64,") == 2
    assert "&lt;b&gt;rent" in html and "<b>rent" not in html


def test_what_is_no_document_says_so(tmp_path: Path) -> None:
    with pytest.raises(RewarmError, match="no such file"):
        CliRunner().invoke(cli, ["parse", str(tmp_path / "none")], catch_exceptions=False)
    (tmp_path / "x").write_bytes(b"\x00\x01" * 400)
    said = CliRunner().invoke(cli, ["parse", str(tmp_path / "x")])
    assert "of no known kind" in said.output
