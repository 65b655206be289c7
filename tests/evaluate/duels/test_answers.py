"""Files of answers: what is matched, and what is told about a broken one."""

import json
from pathlib import Path
from typing import Any

import pytest

from rewarm.errors import RewarmError
from rewarm.evaluate.duels.answers import read

ROW = {"id": "1", "prompt": "p", "answer": "x"}


def file(path: Path, *rows: Any) -> tuple[str, Path]:
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return "", path


def test_models_are_matched_by_id_and_named_by_their_file(tmp_path: Path) -> None:
    one = file(tmp_path / "qwen2.5-7b.jsonl", {**ROW, "labels": {"task": "law"}, "source": "extra"}, "")
    other = file(tmp_path / "b.jsonl", {**ROW, "id": 1, "answer": "y"}, {**ROW, "id": "2"})
    found = read([one, other, ("third", file(tmp_path / "c.jsonl", ROW)[1])])
    assert found.models == ["qwen2.5-7b", "b", "third"]
    (item,) = found.items
    assert item.answers == {"qwen2.5-7b": "x", "b": "y", "third": "x"} and item.labels == {"task": "law"}
    assert found.missing == {"qwen2.5-7b": ["2"], "b": [], "third": ["2"]} and found.given == 2


def test_one_file_may_hold_all_models(tmp_path: Path) -> None:
    rows = [{"id": "1", "prompt": "p", "answers": {"z": "x", "a": "y"}}]
    assert read([file(tmp_path / "all.jsonl", *rows)]).models == ["z", "a"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["{"], "a.jsonl:1  is not JSON"),
        (["[1]"], "a.jsonl:1  is list; one object a line"),
        ([{**ROW, "answer": None}], 'a.jsonl:1  answer: None is no text; write "" for an empty answer'),
        ([{"id": "1", "answer": "x"}], "a.jsonl:1  prompt: None is no text"),
        ([{"prompt": "p", "answer": "x"}], "a.jsonl:1  id: None is no text"),
        ([{**ROW, "id": ""}], "a.jsonl:1  id: '' is no text"),
        ([{**ROW, "id": True}], "a.jsonl:1  id: True is no text"),
        (
            [{"id": "1", "prompt": "p", "text": "x"}],
            "give either `answer` or `answers`; seen id, prompt, text",
        ),
        ([{**ROW, "answers": {}}], "give either `answer` or `answers`"),
        ([{**ROW, "lables": {}}], "lables: no such field. Did you mean labels?"),
        ([{**ROW, "labels": "law"}], "labels: 'law' is no mapping"),
        ([{**ROW, "labels": {"task": 3}}], "labels.task: 3 is no text"),
        ([ROW, ROW], "a.jsonl:2  id: '1' is given twice"),
        ([ROW, {**ROW, "id": "2"}], ""),
        (
            [{**ROW, "prompt": "q"}],
            "a.jsonl:1  prompt: of id '1' differs from the one read before ('p' and 'q')",
        ),
        ([{**ROW, "labels": {"task": "b"}}], "a.jsonl:1  labels.task: 'b' for id '1', which was 'a' before"),
        ([{**ROW, "id": "9"}], "no id occurs with two models"),
        ([], "a.jsonl: has no answers"),
    ],
)
def test_a_fault_is_told_with_its_line_and_field(tmp_path: Path, rows: list[Any], said: str) -> None:
    good = file(tmp_path / "good.jsonl", {**ROW, "labels": {"task": "a"}})
    files = [good, file(tmp_path / "a.jsonl", *rows)]
    if not said:
        assert read(files).given == 2
        return
    with pytest.raises(RewarmError) as error:
        read(files)
    assert said in str(error.value)


def test_models_must_be_two_with_different_names(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    one, same = file(tmp_path / "a.jsonl", ROW), file(tmp_path / "d" / "a.jsonl", ROW)
    with pytest.raises(RewarmError, match="of one model only, a; a comparison needs two files"):
        read([one])
    with pytest.raises(RewarmError, match=r"has answers of 'a', as .* tell models apart with NAME=FILE"):
        read([one, same])
    assert read([one, ("b", same[1])]).models == ["a", "b"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"\xff\xfe")
    for path, said in (("no.jsonl", "no such file"), ("", "is a folder"), ("x.jsonl", "byte 0 is not UTF-8")):
        with pytest.raises(RewarmError, match=said):
            read([("", tmp_path / path)])


def test_half_a_surrogate_pair_can_be_sent_and_written(tmp_path: Path) -> None:
    line = r'{"id": "1", "prompt": "p", "answers": {"a": "x\ud83d", "b": "\ud83d\ude00"}}'
    (item,) = read([file(tmp_path / "a.jsonl", line)]).items
    assert item.answers == {"a": "x?", "b": "\U0001f600"}
