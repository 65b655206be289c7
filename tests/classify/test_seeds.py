"""Labelled texts of users: what teaches, what is left out and said."""

import gzip
import json
from pathlib import Path

import pytest

from rewarm.classify import seeds
from rewarm.errors import RewarmError


def lines(path: Path, rows: list[object]) -> Path:
    data = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_bytes(gzip.compress(data.encode()) if path.suffix == ".gz" else data.encode())
    return path


def plain(number: int = 6) -> list[object]:
    return [{"text": f"{label} {n}", "task": label} for label in ("law", "税务") for n in range(number)]


@pytest.mark.parametrize("name", ["seeds.jsonl", "seeds.jsonl.gz"])
def test_what_cannot_be_used_is_counted_and_named(tmp_path: Path, name: str) -> None:
    rows = [
        *plain(), {"text": "law  0", "task": "law"}, {"text": "both", "task": "law"},
        {"text": "both", "task": "税务"}, "{broken", {"text": 3, "task": "law"}, {"text": "none"}, [1],
    ]  # fmt: skip
    found = seeds.read(lines(tmp_path / name, rows), "task")
    assert found.counts == {"law": 6, "税务": 6} and found.equal == 1
    assert [one.split(" is ")[1] for one in found.unsure] == ["law and 税务"]
    assert [one.place.rpartition(":")[2] for one in found.faults] == ["16", "17", "18", "19"]
    assert (
        "is not JSON" in found.faults[0].reason and "no label in the field 'task'" in found.faults[2].reason
    )


def test_a_folder_names_labels_by_subfolder_or_file(tmp_path: Path) -> None:
    (tmp_path / "law").mkdir()
    for number in range(5):
        (tmp_path / f"law/{number}.txt").write_text(f"verdict {number}")
    lines(tmp_path / "tax.jsonl", [{"text": f"invoice {number}"} for number in range(5)])
    (tmp_path / "notes.pdf").write_bytes(b"%PDF")
    assert seeds.read(tmp_path, "task").counts == {"law": 5, "tax": 5}


def test_a_cut_file_keeps_what_was_read(tmp_path: Path) -> None:
    path = lines(tmp_path / "seeds.jsonl.gz", plain(2000))
    path.write_bytes(path.read_bytes()[:-600])
    found = seeds.read(path, "task")
    assert len(found.texts) > 1000 and "cannot be read from here on" in found.faults[-1].reason


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"text": "a"}], "no labelled text; the first: .*:1 has no label in the field 'task'"),
        ([{"text": f"a{n}", "task": "law"} for n in range(9)], "all 9 texts are law"),
        ([*plain(), {"text": "x", "task": "rare"}], r"fewer than 5 texts of rare \(1\)"),
    ],
)
def test_seeds_that_teach_nothing_are_refused(tmp_path: Path, rows: list[object], said: str) -> None:
    with pytest.raises(RewarmError, match=said):
        seeds.read(lines(tmp_path / "seeds.jsonl", rows), "task")
    with pytest.raises(RewarmError, match="is not there"):
        seeds.read(tmp_path / "none", "task")
