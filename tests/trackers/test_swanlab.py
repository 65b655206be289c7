"""SwanLab's offline files, read back: no experiment holds an update twice."""

from pathlib import Path

import pytest
from course import SEEN, alert, blocks, evaluation, log, row, walk
from swanlab.proto.swanlab.record.v1.record_pb2 import Record


def read(folder: Path) -> dict[str, dict[str, dict[int, float]]]:
    """Experiment id → name → update → value."""
    found: dict[str, dict[str, dict[int, float]]] = {}
    for path in sorted(folder.glob("trackers/swanlab/run-*/*.swanlab")):
        names = found.setdefault(path.stem.removeprefix("run-"), {})
        for block in blocks(path):
            record = Record.FromString(block)
            if record.HasField("scalar"):
                updates = names.setdefault(record.scalar.key, {})
                assert record.scalar.step not in updates, f"update {record.scalar.step} stands twice"
                updates[record.scalar.step] = record.scalar.value.number
    return found


def test_a_roll_back_begins_another_experiment_and_a_resume_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk(tmp_path, "swanlab")
    first, second = sorted(read(tmp_path).values(), key=lambda names: min(names["loss"]))
    assert list(first["loss"]) == list(range(8)) and list(second["loss"]) == list(range(6, 11))
    assert first["loss"][5] == pytest.approx(row(5)["loss"])
    assert second["loss"][10] == pytest.approx(row(10, 2)["loss"])
    assert first["channel/language=en/nats_per_token"][2] == pytest.approx(31.5 / 15)
    assert first["retained/api/bits_per_byte"] == {5: evaluation(6)["now"]}
    assert capsys.readouterr().out == "", "stdout belongs to the results"


def test_the_users_environment_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWANLAB_MODE", "disabled")
    told = log(tmp_path, "swanlab", 0)
    told.add(row(0))
    told.close()
    assert not list(tmp_path.glob("trackers/swanlab/**/*.swanlab"))


def test_an_incident_is_a_text(tmp_path: Path) -> None:
    alert(tmp_path, "swanlab")
    names = {file.parent.name for file in tmp_path.glob("trackers/swanlab/run-*/**/*.txt")}
    texts = [file.read_text() for file in tmp_path.glob("trackers/swanlab/run-*/**/*.txt")]
    assert SEEN.text in texts, names
