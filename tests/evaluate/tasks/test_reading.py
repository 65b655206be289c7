"""A task's file is read whole or refused, with the file and record at fault."""

import json
from pathlib import Path

import pytest

from rewarm.errors import RewarmError
from rewarm.evaluate.tasks import reading, task_items
from rewarm.recipe.tasks import Task

ROWS = [{"id": f"i{n}", "question": f"q{n}", "options": ["a", "b"], "answer": n % 2} for n in range(30)]


def write(path: Path, rows: list) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_limit_draws_the_same_items_whatever_their_order(tmp_path: Path) -> None:
    whole = write(tmp_path / "a.jsonl", ROWS)
    turned = write(tmp_path / "b.jsonl", ROWS[::-1])
    drawn = [
        {item.id for item in reading.read(Task(name="t", path=path, limit=10))} for path in (whole, turned)
    ]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 10
    assert [item.id for item in reading.read(Task(name="t", path=whole))] == [row["id"] for row in ROWS]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"format": "arc_easy"}, r"record 1: is not a record of arc_easy \(KeyError"),
        ({"format": "nothing"}, "tasks.t.format: 'nothing' is not one of"),
        ({"shots": 2}, "shots_path"),
        ({"path": "missing.jsonl"}, "no file at"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, settings: dict, said: str) -> None:
    path = write(tmp_path / "a.jsonl", ROWS)
    with pytest.raises(RewarmError, match=said):
        task_items.read([Task(**{"name": "t", "path": path, **settings})])


def test_a_record_that_is_no_item_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [*ROWS[:4], {"question": "q", "options": ["a", "b"], "answer": 5}])
    with pytest.raises(RewarmError, match="record 5: answer: 5 is not a position"):
        reading.read(Task(name="t", path=path))


def test_ids_and_names_are_unique(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [ROWS[0], ROWS[0]])
    with pytest.raises(RewarmError, match="two items have the id 'i0'"):
        reading.read(Task(name="t", path=path))
    fine = Task(name="t", path=write(tmp_path / "b.jsonl", ROWS))
    with pytest.raises(RewarmError, match="two are named 't'"):
        task_items.read([fine, fine])


def test_too_many_options_of_which_several_are_right(tmp_path: Path) -> None:
    row = {"question": "q", "options": list("abcdefghi"), "answer": [0, 1]}
    with pytest.raises(RewarmError, match="more than 8 options"):
        task_items.read([Task(name="t", path=write(tmp_path / "a.jsonl", [row]))])


def test_shots_are_the_first_of_their_own_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", ROWS[:5])
    task = Task(name="t", path=path, shots=3, shots_path=write(tmp_path / "s.jsonl", ROWS[5:]))
    assert [item.id for item in reading.shots(task)] == ["i5", "i6", "i7"]
    with pytest.raises(RewarmError, match="40 are wanted"):
        reading.shots(task.model_copy(update={"shots": 40}))


def test_files_of_a_folder_are_told_apart_by_name(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    bare = [{key: row[key] for key in ("question", "options", "answer")} for row in ROWS[:2]]
    for name in ("law", "math"):
        write(tmp_path / f"f/{name}.jsonl", bare)
    ids = [item.id for item in reading.read(Task(name="t", path=tmp_path / "f"))]
    assert ids == ["law:1", "law:2", "math:1", "math:2"]


def test_a_hub_dataset_without_a_connection_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> str:
        raise OSError("no route to host")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(RewarmError, match=r"cannot be downloaded: no route to host.*give a local file"):
        reading.read(Task(name="piqa"))


def test_a_published_question_with_a_blank_is_asked_as_its_prompt_says(tmp_path: Path) -> None:
    row = {"goal": "The ____ is hot.", "sol1": "sun", "sol2": "moon", "label": 0}
    path = write(tmp_path / "a.jsonl", [row])
    assert reading.read(Task(name="piqa", path=path))[0].kind == "choice"
    own = {"question": "The ____ is hot.", "options": ["sun", "moon"], "answer": 0}
    assert reading.read(Task(name="t", path=write(tmp_path / "b.jsonl", [own])))[0].kind == "blank"


def test_a_task_is_of_the_domain_by_its_setting_or_its_items_labels(tmp_path: Path) -> None:
    labelled = [{**row, "labels": {"task": "domain"}} for row in ROWS]
    plain, own = write(tmp_path / "a.jsonl", ROWS), write(tmp_path / "b.jsonl", labelled)
    tasks = [Task(name="a", path=plain), Task(name="b", path=own), Task(name="c", path=plain, domain=True)]
    mixed = Task(name="d", path=write(tmp_path / "d.jsonl", [*labelled[:9], ROWS[9]]))
    assert [each.domain for each in task_items.read([*tasks, mixed])] == [False, True, True, False]
