"""TensorBoard: event files, in `trackers/tensorboard/TRAINING STEP`, one directory for all attempts.

Its readers drop the values of an earlier attempt from a restart mark on (`purge_step`), so a
resume or a roll-back leaves one course. Values are 32-bit floats, as the format has them. All values
of an update go into one event, which takes half the bytes of an event each.
"""

import time
from pathlib import Path

from tensorboard.compat.proto import event_pb2
from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from rewarm.trackers.event import Event
from rewarm.trackers.tracker import Run


def open_run(run: Run) -> "TensorBoard":
    """Open an event file in `run.folder`; a run that goes on marks where its earlier values end."""
    folder = run.folder / run.name
    goes_on = folder.exists()
    _wait_for_a_later_name(folder)
    writer = EventFileWriter(str(folder))
    if goes_on:
        start = SessionLog(status=SessionLog.START)
        writer.add_event(event_pb2.Event(wall_time=time.time(), step=run.first_update, session_log=start))
    return TensorBoard(writer)


def _wait_for_a_later_name(folder: Path) -> None:
    """Readers take files in the order of their names, which begin with the second they were made in."""
    seconds = [int(path.name.split(".")[3]) for path in folder.glob("events.out.tfevents.*")]
    # A clock that was set back is not waited for.
    until = min(max(seconds, default=0) + 1, time.time() + 2)
    while time.time() < until:
        time.sleep(0.05)


class TensorBoard:
    def __init__(self, writer: EventFileWriter) -> None:
        self._writer = writer

    def log(self, update: int, values: dict[str, float]) -> None:
        """Write an update's values as one event."""
        summary = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._writer.add_event(
            event_pb2.Event(wall_time=time.time(), step=update, summary=Summary(value=summary))
        )

    def alert(self, event: Event) -> None:
        """A text under `events/KIND`: TensorBoard has no alerts."""
        metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name="text"))
        tensor = TensorProto(dtype=DT_STRING, string_val=[event.text.encode()])
        value = Summary.Value(tag=f"events/{event.kind}", metadata=metadata, tensor=tensor)
        written = event_pb2.Event(wall_time=time.time(), step=event.update, summary=Summary(value=[value]))
        self._writer.add_event(written)

    def flush(self) -> None:
        self._writer.flush()

    def close(self, *, whole: bool) -> None:
        self._writer.close()
