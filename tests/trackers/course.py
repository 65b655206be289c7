"""A course of training as the trackers hear of it, and readers of what they wrote."""

import struct
from collections.abc import Iterator
from pathlib import Path

from rewarm.trackers.event import Event, incident
from rewarm.trackers.follow import Trackers
from rewarm.train import metrics

LEAVES = [
    {"leaf": 0, "source": "law", "labels": {"language": "zh", "task": "domain"}},
    {"leaf": 1, "source": "api", "labels": {"language": "en", "task": "general"}},
    {"leaf": 2, "source": "manuals", "labels": {"language": "en"}},
]


def row(update: int, course: int = 0) -> dict:
    leaves = [[0, 30.0 + update + course, 10.0, 40.0], [1, 24.0, 12.0, 50.0], [2, 7.5, 3.0, 9.0]]
    nats, tokens = (sum(leaf[at] for leaf in leaves) for at in (1, 2))
    return {
        "update": update,
        "stage": "adapt",
        "rate": 1e-4,
        "loss": nats / tokens,
        "grad_norm": 1.5,
        "tokens": int(tokens),
        "seconds": 0.5,
        "first_sequence": update,
        "sequences": 1,
        "leaves": leaves,
    }


def evaluation(update: int) -> dict:
    return {
        "update": update,
        "source": "api",
        "leaf": 1,
        "documents": 8,
        "before": 1.0,
        "now": 1.25,
        "domain": False,
    }


def log(folder: Path, name: str, updates: int, *, every: int = 1) -> metrics.Log:
    """The log of a training that a tracker follows, with `updates` updates finished."""
    told = Trackers(
        [name], folder / "trackers", "small", "train-0123", {"train": {"clip": 1.0}}, LEAVES, every=every
    )
    (folder / "work").mkdir(exist_ok=True)
    return metrics.Log(folder / "work", updates, trackers=told)


def kill(log: metrics.Log) -> None:
    """As in a killed process: the file is closed, trackers are not told."""
    if log._file is not None:
        log._file.close()


SEEN: Event = incident(9, "loss rose, 跳过")


def alert(folder: Path, name: str) -> None:
    """Two updates and an incident in the second."""
    told = log(folder, name, 0)
    told.add(row(0))
    told.alert(SEEN)
    told.add(row(1))
    told.close()


def walk(folder: Path, name: str) -> None:
    """Six updates, a checkpoint, an evaluation; two more, rolled back; to nine, ended; on to eleven."""
    first = log(folder, name, 0)
    for update in range(6):
        first.add(row(update))
    first.add_retained([evaluation(6)])
    first.seal()
    first.add(row(6, 1))
    first.add(row(7, 1))
    first.seal()
    first.cut(6)
    for update in range(6, 9):
        first.add(row(update, 2))
    first.seal()
    first.close()
    second = log(folder, name, 9)
    for update in (9, 10):
        second.add(row(update, 2))
    second.close()


def blocks(path: Path) -> Iterator[bytes]:
    """The records of a W&B or SwanLab file: a seven-byte head, then LevelDB's log format."""
    data = path.read_bytes()
    at, record = 7, b""
    while at + 7 <= len(data):
        if 32768 - at % 32768 < 7:
            at += 32768 - at % 32768
            continue
        _, size, kind = struct.unpack("<IHB", data[at : at + 7])
        if at + 7 + size > len(data) or kind == 0:
            return
        record += data[at + 7 : at + 7 + size]
        at += 7 + size
        if kind in (1, 4):
            yield record
            record = b""
