"""W&B's offline files, read back: no run holds an update twice."""

import json
from pathlib import Path

import pytest
from course import SEEN, alert, blocks, evaluation, log, row, walk
from wandb.proto.wandb_internal_pb2 import Record


def read(folder: Path) -> dict[str, dict[int, dict[str, float]]]:
    """Run id → update → values."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for path in sorted(folder.glob("trackers/wandb/wandb/offline-run-*/*.wandb")):
        updates = found.setdefault(path.stem.removeprefix("run-"), {})
        for block in blocks(path):
            record = Record.FromString(block)
            if record.WhichOneof("record_type") == "history":
                values = {
                    item.key or "/".join(item.nested_key): json.loads(item.value_json)
                    for item in record.history.item
                }
                update = int(values["_step"])
                assert update not in updates, f"update {update} stands twice"
                updates[update] = values
    return found


def test_a_roll_back_begins_another_run_and_a_resume_does_not(tmp_path: Path) -> None:
    walk(tmp_path, "wandb")
    first, second = sorted(read(tmp_path).values(), key=min)
    assert list(first) == list(range(8)) and list(second) == list(range(6, 11))
    assert first[5]["loss"] == row(5)["loss"] and second[10]["loss"] == row(10, 2)["loss"]
    assert first[2]["channel/language=en/nats_per_token"] == pytest.approx(31.5 / 15)
    assert first[5]["retained/api/bits_per_byte"] == evaluation(6)["now"]


def test_is_offline_and_says_what_run_it_is(tmp_path: Path) -> None:
    walk(tmp_path, "wandb")
    runs = []
    for path in sorted(tmp_path.glob("trackers/wandb/wandb/offline-run-*/*.wandb")):
        records = [Record.FromString(block) for block in blocks(path)]
        runs += [record.run for record in records if record.WhichOneof("record_type") == "run"]
    assert {run.project for run in runs} == {"small"}
    assert {run.run_group for run in runs} == {"train-0123"}
    assert {run.display_name for run in runs} == {"train-0123", "train-0123 from 6"}


def test_the_users_environment_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    told = log(tmp_path, "wandb", 0)
    told.add(row(0))
    told.close()
    assert not list(tmp_path.glob("trackers/wandb/**/*.wandb"))


def test_an_incident_is_an_alert(tmp_path: Path) -> None:
    alert(tmp_path, "wandb")
    (path,) = tmp_path.glob("trackers/wandb/wandb/offline-run-*/*.wandb")
    records = [Record.FromString(block) for block in blocks(path)]
    (found,) = [record.alert for record in records if record.WhichOneof("record_type") == "alert"]
    assert (found.title, found.text, found.level) == (SEEN.title, SEEN.text, "WARN")
