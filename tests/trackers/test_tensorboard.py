"""TensorBoard's own reader sees one course, whatever was resumed or rolled back."""

from pathlib import Path

import pytest
from course import SEEN, alert, evaluation, log, row, walk
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read(folder: Path) -> dict[str, dict[int, float]]:
    reader = EventAccumulator(str(folder / "trackers/tensorboard/train-0123"), size_guidance={"scalars": 0})
    reader.Reload()
    found = {}
    for tag in reader.Tags()["scalars"]:
        events = reader.Scalars(tag)
        found[tag] = {event.step: event.value for event in events}
        assert len(found[tag]) == len(events), f"{tag}: an update stands twice"
    return found


def test_reads_as_one_course(tmp_path: Path) -> None:
    walk(tmp_path, "tensorboard")
    found = read(tmp_path)
    loss = [row(update, 0 if update < 6 else 2)["loss"] for update in range(11)]
    assert list(found["loss"]) == list(range(11))
    assert list(found["loss"].values()) == pytest.approx(loss, rel=1e-6)
    assert found["channel/source=law/nats_per_token"][8] == pytest.approx(4.0)
    assert found["retained/api/bits_per_byte"] == {5: evaluation(6)["now"]}


def test_after_a_kill_the_newest_attempt_counts(tmp_path: Path) -> None:
    killed = log(tmp_path, "tensorboard", 0)
    for update in range(8):
        killed.add(row(update))
        if update == 4:
            killed.seal()
    killed.seal()
    again = log(tmp_path, "tensorboard", 5)
    again.add(row(5, 3))
    again.close()
    killed.close()
    found = read(tmp_path)["loss"]
    assert list(found) == list(range(6))
    assert found[5] == pytest.approx(row(5, 3)["loss"])


def test_an_incident_is_a_text(tmp_path: Path) -> None:
    alert(tmp_path, "tensorboard")
    reader = EventAccumulator(str(tmp_path / "trackers/tensorboard/train-0123"))
    reader.Reload()
    (event,) = reader.Tensors("events/incident")
    assert (event.step, event.tensor_proto.string_val[0].decode()) == (SEEN.update, SEEN.text)
    assert reader.PluginTagToContent("text").keys() == {"events/incident"}
