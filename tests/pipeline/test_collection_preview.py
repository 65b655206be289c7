"""`rewarm collect --preview`: what a sample of each source gives, before anything is written or paid for."""

import json
import random
from pathlib import Path
from typing import Any

import hostile
import made_pages
import pytest
from click.testing import CliRunner
from command_line import write_recipe
from tenancy import english

from rewarm.cli import main
from rewarm.pipeline import collection_preview


def damaged(text: str, share: float) -> str:
    rng = random.Random(0)
    return " ".join(
        word[:1] + "\ufffd" + word[2:] if word.isalpha() and len(word) > 3 and rng.random() < share else word
        for word in text.split(" ")
    )


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    law, api = tmp_path / "law", tmp_path / "api"
    law.mkdir()
    api.mkdir()
    for number in range(12):
        (law / f"{number:02}.txt").write_text(english(number))
    (law / "dirty.txt").write_text(damaged(english(30), 0.25))
    (law / "ruined.txt").write_text(damaged(english(40), 0.75))
    (law / "junk.txt").write_text(damaged("Some words that say nothing of any use. " * 20, 0.9))
    (law / "lease.pdf").write_bytes(made_pages.one_column("lease", 3).pdf)
    (law / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(200)) * 9)
    (law / "case.zip").write_bytes(hostile.zip_of({"a.txt": english(50).encode(), "../out.txt": b"x"}))
    rows = [
        json.dumps({"text": f"Item {number} of a list of goods without any law."}) for number in range(30)
    ]
    (api / "rows.jsonl").write_text("\n".join(rows))
    return write_recipe(tmp_path, tmp_path / "none", route={"enabled": True, "least_terms": 0.5})


def run(recipe: Path, *options: str) -> Any:
    ended = CliRunner().invoke(main.cli, ["collect", str(recipe), "--preview", *options])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def test_it_counts_kinds_faults_pages_and_uses_and_writes_nothing(recipe: Path) -> None:
    before = sorted(recipe.parent.rglob("*"))
    law, api = json.loads(run(recipe, "--json"))["sources"]
    assert sorted(recipe.parent.rglob("*")) == before
    assert (law["files"], law["read"], law["documents"]) == (18, 18, 17)
    assert law["faults"] == {"parse.pdf": 1, "archive.path": 1}
    assert law["first_fault"]["parse.pdf"].startswith("broken.pdf: ")
    assert law["kinds"] == {"record": 16, "pdf": 1} and law["pages"] == {"text": 1}
    assert law["page_quality"] > 0.9
    assert law["uses"] == {"documents": 14, "first_stage": 1, "rewrite": 1, "drop": 1}
    places = {use: [one["place"] for one in law["examples"][use]] for use in law["examples"]}
    assert places == {"first_stage": ["dirty.txt"], "rewrite": ["ruined.txt"], "drop": ["junk.txt"]}
    (ruined,) = law["examples"]["rewrite"]
    measures = ruined["measures"]
    assert measures["readable"] < 0.7 and measures["terms"] >= 0.5 and measures["facts"] >= 0.5
    assert api["documents"] == 30 and api["uses"] == {"documents": 30}


def test_lines_say_what_follows(recipe: Path) -> None:
    shown = run(recipe)
    assert "law: 18 of 18 files read: 17 documents" in shown
    assert "1 to be rewritten (5.9%)" in shown and "ruined.txt: readable 0." in shown
    assert "`synthesize` is off, so documents to be rewritten are dropped" in shown


def test_route_off_is_said(recipe: Path) -> None:
    write_recipe(recipe.parent, recipe.parent / "none")
    assert "`route` is off, so every document is kept for all stages" in run(recipe)


def test_few_files_are_spread_and_numbers_estimated(recipe: Path) -> None:
    shown = run(recipe, "--files", "3")
    assert "law: 3 of 18 files read" in shown and "estimate for all files: about " in shown


def test_a_file_of_many_records_is_read_in_part(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_preview, "_DOCUMENTS", 10)
    assert "api: 1 of 1 files read: 10 documents" in (shown := run(recipe))
    assert "only the first documents of 1 of these files were read" in shown


def test_personal_data_is_not_shown(recipe: Path) -> None:
    text = "Call 13912345678 or write to li.ming@qq.com. " + english(60)
    (recipe.parent / "law/dirty.txt").write_text(damaged(text, 0.25))
    shown = run(recipe)
    assert "[phone]" in shown and "13912345678" not in shown


def test_time_is_limited(recipe: Path) -> None:
    law, _ = json.loads(run(recipe, "--json", "--seconds", "0"))["sources"]
    assert law["read"] == 1 and law["documents"] <= 1


def test_scans_are_read_last_and_listed_when_time_is_over(recipe: Path) -> None:
    scan = made_pages.scanned(made_pages.one_column("s", 1), dpi=110).pdf
    (recipe.parent / "law/00-scan.pdf").write_bytes(scan)
    law, _ = json.loads(run(recipe, "--json", "--seconds", "0"))["sources"]
    assert law["scans"] == 1 and law["read"] == 1 and law["faults"] == {}
    assert "1 more files need OCR and were not read for lack of time" in run(recipe, "--seconds", "0")


@pytest.mark.slow
def test_scans_are_read_by_ocr_within_the_time(recipe: Path) -> None:
    scan = made_pages.scanned(made_pages.one_column("s", 1), dpi=110).pdf
    (recipe.parent / "law/00-scan.pdf").write_bytes(scan)
    law, _ = json.loads(run(recipe, "--json", "--seconds", "60"))["sources"]
    assert law["read"] == 19 and law["pages"] == {"text": 1, "ocr": 1} and law["scans"] == 0
