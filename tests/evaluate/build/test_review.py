"""The review page, and applying what was downloaded from it."""

import json
import re
from pathlib import Path

import pytest

from rewarm.corpus.benchmarks import canary
from rewarm.corpus.benchmarks.canary import CANARY
from rewarm.errors import RewarmError
from rewarm.evaluate.build import decisions, review_page
from rewarm.evaluate.tasks.item import Item, record_of

ITEMS = [
    Item(f"i{number}", f"The mast of ship {number} is ____ tall.", ("3 m", "4 m", "5 m"), (number % 3,))
    for number in range(5)
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "recall.jsonl"
    path.write_text("".join(json.dumps(record_of(item)) + "\n" for item in ITEMS))
    return path


def _decided(path: Path, *rows: tuple[str, str], page: str | None = None) -> Path:
    lines = [
        json.dumps(
            {
                "page": page or review_page.digest(ITEMS),
                "id": name,
                "decision": said,
                "reason": "",
                "reviewer": "ab",
            }
        )
        for name, said in rows
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_page_holds_every_item_and_no_markup_of_theirs(tmp_path: Path) -> None:
    hostile = Item("h", "</script><script>alert(1)</script> ____ \u202edlo", ("<b>a</b>", "b"), (0,))
    page = tmp_path / "page.html"
    review_page.write([*ITEMS, hostile], page)
    text = page.read_text("utf-8")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text)[1])  # type: ignore[index]
    assert [one["id"] for one in data["items"]] == [*(item.id for item in ITEMS), "h"]
    assert data["items"][-1]["question"].startswith("</script><script>alert(1)</script> ____ [U+202E]")
    assert "<script>alert(1)" not in text
    assert text.count("<script") == 2
    # A copy of the page in a source is refused.
    assert canary.carries(text) and CANARY in text


def test_rejected_items_are_left_out(file: Path, tmp_path: Path) -> None:
    said = _decided(
        tmp_path / "d.jsonl",
        ("i0", "accept"),
        ("i1", "reject"),
        ("i2", "accept"),
        ("i2", "reject"),
        ("i3", "accept"),
    )
    items = decisions.read_items(file)
    assert items == ITEMS
    applied = decisions.apply(items, said)
    assert [item.id for item in applied.kept] == ["i0", "i3", "i4"]
    assert (applied.accepted, applied.rejected, applied.undecided, applied.disputed) == (2, 2, 1, 1)
    strict = decisions.apply(items, said, drop_undecided=True)
    assert [item.id for item in strict.kept] == ["i0", "i3"]
    decisions.write(strict, tmp_path / "left.jsonl")
    assert [item.id for item in decisions.read_items(tmp_path / "left.jsonl")] == ["i0", "i3"]


@pytest.mark.parametrize(
    ("row", "page", "message"),
    [
        (("i0", "maybe"), None, r"d.jsonl:1  decision: 'maybe' is not one of accept, reject"),
        (("i9", "accept"), None, r"d.jsonl:1  id: 'i9' is none of the items"),
        (("i0", "accept"), "0123", r"d.jsonl:1  page: '0123' is a review of other items"),
    ],
)
def test_wrong_decisions_are_errors(
    file: Path, tmp_path: Path, row: tuple[str, str], page: str | None, message: str
) -> None:
    said = _decided(tmp_path / "d.jsonl", row, page=page)
    with pytest.raises(RewarmError, match=message):
        decisions.apply(decisions.read_items(file), said)


def test_a_broken_item_names_its_record_and_field(tmp_path: Path) -> None:
    path = tmp_path / "recall.jsonl"
    path.write_text(
        json.dumps(record_of(ITEMS[0])) + '\n{"question": "?", "options": ["a", "b"], "answer": 7}\n'
    )
    with pytest.raises(RewarmError, match=r"recall.jsonl: record 2: answer: 7 is not a position"):
        decisions.read_items(path)
    with pytest.raises(RewarmError, match="no such file"):
        decisions.read_items(tmp_path / "none.jsonl")
