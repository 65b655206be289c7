"""What a sample of a source says of the whole: sizes by kind of file, and no fault that `collect` will not
find."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import hostile
import made_pages
import pytest

from rewarm.parse import read as parsing
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Parsed
from rewarm.pipeline.preflight import survey as survey_module
from rewarm.pipeline.preflight.survey import Survey
from rewarm.recipe import Source

SENTENCE = "Clause {} of the agreement says what the seller owes to the buyer after delivery."


@pytest.fixture(autouse=True)
def enough_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sampled must not depend on how busy the machine is."""
    monkeypatch.setattr(survey_module, "SAMPLE_SECONDS", 120.0)
    monkeypatch.setattr(survey_module, "KINDS_SECONDS", 60.0)
    monkeypatch.setattr(survey_module, "_QUICK", replace(survey_module._QUICK, stall=60.0, seconds=60.0))


def source(folder: Path) -> dict[str, Any]:
    return Source(name="law", path=str(folder)).model_dump(mode="json")


def booklet(folder: Path, name: str, pages: int) -> int:
    """A PDF with 20 lines a page; bytes of text that `collect` finds in it."""
    lines = [[SENTENCE.format(20 * page + line) for line in range(20)] for page in range(pages)]
    (folder / name).write_bytes(hostile.pages(*(hostile.text(*page) for page in lines)))
    (found,) = parsing.read_file(folder / name, "pdf", Limits())
    assert isinstance(found, Parsed) and len(found.pages) == pages
    return len(found.text.encode())


def test_dense_and_thin_files_are_counted_apart(tmp_path: Path) -> None:
    """Web pages that are nearly all markup beside JSON lines, of which only the start is read."""
    for number in range(4):
        markup = "<i class='nothing to read'></i>" * 8000
        (tmp_path / f"{number}.html").write_text(
            f"<html><body>{markup}<p>{SENTENCE.format(number) * 5}</p></body></html>"
        )
    rows = [json.dumps({"text": SENTENCE.format(number) * 4}) for number in range(8000)]
    (tmp_path / "all.jsonl").write_text("\n".join(rows))
    survey, given = Survey(1), source(tmp_path)
    text, records = survey.sample(given, 2**24).estimate(survey.readable(given))
    parsing.close()
    wanted = sum(len(json.loads(row)["text"]) for row in rows)
    assert abs(text / wanted - 1) < 0.05
    assert abs(records / 8004 - 1) < 0.05


def test_a_long_pdf_is_sampled_and_counted_whole(tmp_path: Path) -> None:
    wanted = booklet(tmp_path, "long.pdf", 120) + booklet(tmp_path, "short.pdf", 3)
    survey, given = Survey(1), source(tmp_path)
    sample = survey.sample(given, 2**24)
    parsing.close()
    assert not sample.faults and not sample.whole
    text, _ = sample.estimate(survey.readable(given))
    assert abs(text / wanted - 1) < 0.1


def test_a_scan_is_not_called_empty(tmp_path: Path) -> None:
    """Sampling runs no OCR; `collect` does."""
    scan = made_pages.scanned(made_pages.one_column("s", 1), dpi=110).pdf
    (tmp_path / "scan.pdf").write_bytes(scan)
    sample = Survey(1).sample(source(tmp_path), 2**24)
    parsing.close()
    assert not sample.faults and not sample.whole and not sample.records


def test_the_example_of_what_is_not_read_is_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "read"}\n')
    (tmp_path / "b.unknown").write_text("text of no known name")
    kinds = Survey(1).kinds(source(tmp_path))
    assert dict(kinds.unread) == {"text": 1} and kinds.first == {"text": str(tmp_path / "b.unknown")}
