"""Benchmarks in every format and shape of fields; what cannot be read whole is refused."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from rewarm.corpus.benchmarks import files as benchmark_files
from rewarm.corpus.benchmarks.items import Item, read
from rewarm.errors import RewarmError

ROWS = [
    {"q": "Who wrote it?", "choices": {"text": ["Ann", "Bo"], "label": ["A", "B"]}, "answer": 0},
    {"q": "谁写的？", "choices": {"text": ["甲", "乙"], "label": ["A", "B"]}, "answer": 1},
]
SETTINGS: dict[str, Any] = {"name": "exam", "question": ["q"], "options": ["choices"], "id": None}


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    match "".join(path.suffixes):
        case ".jsonl":
            path.write_bytes(b"\xef\xbb\xbf" + lines)
        case ".jsonl.gz":
            path.write_bytes(gzip.compress(lines))
        case ".jsonl.zst":
            path.write_bytes(zstandard.compress(lines))
        case ".json":
            path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.zst", ".json", ".parquet"])
def test_every_format_gives_the_same_items(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"exam{suffix}"
    _write(path, ROWS)
    assert read(SETTINGS, [str(path)]) == [
        Item("exam/1", "Who wrote it?", ("Ann", "Bo")),
        Item("exam/2", "谁写的？", ("甲", "乙")),
    ]


def test_csv_with_a_field_for_each_option(tmp_path: Path) -> None:
    path = tmp_path / "exam.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["id", "question", "A", "B"], ["7", "谁写的，\n何时？", "甲", "乙"]])
    settings = {"name": "ceval", "question": ["question"], "options": ["A", "B", "C"], "id": "id"}
    assert read(settings, [str(path)]) == [Item("ceval/7", "谁写的，\n何时？", ("甲", "乙"))]


def test_dotted_fields_reach_into_lists(tmp_path: Path) -> None:
    path = tmp_path / "exam.jsonl"
    _write(path, [{"doc": {"turns": [{"text": "One."}, {"text": "Two."}]}, "gold": [3, "four", None]}])
    settings = {**SETTINGS, "question": ["doc.turns.text"], "options": ["gold", "none"]}
    assert read(settings, [str(path)]) == [Item("exam/1", "One.\nTwo.", ("3", "four"))]


def test_items_of_several_files_keep_apart(tmp_path: Path) -> None:
    for name in ("law", "art"):
        _write(tmp_path / f"{name}.jsonl", ROWS[:1])
    (found,) = benchmark_files.find([{**SETTINGS, "path": str(tmp_path / "*.jsonl")}])
    assert [item.name for item in read(SETTINGS, found.files)] == ["exam/art:1", "exam/law:1"]
    assert str(tmp_path) not in json.dumps(found.identity)


@pytest.mark.parametrize("content", [b'{"q": "W', b"\x1f\x8b\x08broken", b"[1, 2]"])
def test_half_a_benchmark_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ("exam.jsonl.gz" if content[0] == 0x1F else "exam.json")
    path.write_bytes(content)
    with pytest.raises(RewarmError, match=r"exam\.json"):
        read(SETTINGS, [str(path)])


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_truncated_stream_is_no_whole_benchmark(tmp_path: Path, suffix: str) -> None:
    """Cut at the end of a record: what is left would parse."""
    lines = b"".join(b'{"q": "Which river of %d passes the town?"}\n' % number for number in range(4000))
    whole = gzip.compress(lines) if suffix == ".gz" else zstandard.compress(lines)
    path = tmp_path / f"items.jsonl{suffix}"
    path.write_bytes(whole[: len(whole) - 9])
    settings = {"name": "made", "id": "", "question": ["q"], "options": []}
    with pytest.raises(RewarmError, match="must be read whole"):
        read(settings, [str(path)])
