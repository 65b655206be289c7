"""Labels the texts of files: each record is written again with the predicted label and its probability."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from rewarm.classify import records
from rewarm.classify.classifier import Classifier
from rewarm.classify.records import Fault, Record
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing

_BATCH = 512


@dataclass
class Applied:
    """texts: labelled ones; labels: of them by label; unsure: below the least probability, without a label;
    faults: records without text."""

    texts: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    unsure: int = 0
    faults: list[Fault] = field(default_factory=list)
    seconds: float = 0.0


def apply(
    model: Classifier, path: Path, out: Path | None, *, axis: str, text: str = "text", least: float = 0.0,
    most: int | None = None,
) -> Applied:  # fmt: skip
    """Label the records of a file or folder; JSON lines with `predicted_AXIS` and its probability in `out`.

    least: a less certain prediction gives null; most: so many records, all where it is None; out: None only
    counts. The file is complete or not there. Raises RewarmError where there is nothing to read.
    """
    given = records.files(path)
    began = time.monotonic()
    found = Applied()
    if out is None:
        for _ in _labelled(model, given, found, axis, text, least, most):
            pass
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        with writing(out) as aside, aside.open("wb") as file:
            for row in _labelled(model, given, found, axis, text, least, most):
                file.write(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE))
    found.seconds = time.monotonic() - began
    return found


def _labelled(
    model: Classifier, given: list[Path], found: Applied, axis: str, text: str, least: float, most: int | None
) -> Iterator[dict[str, Any]]:
    with progress("label", total=most, unit="text") as bar:
        for batch in _batches(given, found, text, most):
            best, chances = model.predict(pa.array([one.text for one in batch], pa.string()))
            for one, place, chance in zip(batch, best, chances, strict=True):
                label = model.classes[place] if chance >= least else None
                found.texts += 1
                found.unsure += label is None
                if label is not None:
                    found.labels[label] += 1
                fields = one.fields or {text: one.text, "place": one.place}
                yield {
                    **fields,
                    f"predicted_{axis}": label,
                    f"predicted_{axis}_probability": round(float(chance), 6),
                }
            bar.update(len(batch))


def _batches(given: list[Path], found: Applied, text: str, most: int | None) -> Iterator[list[Record]]:
    batch: list[Record] = []
    left = most
    for file in given:
        for one in records.read(file, text):
            if isinstance(one, Fault):
                found.faults.append(one)
                continue
            batch.append(one)
            left = None if left is None else left - 1
            if len(batch) == _BATCH or left == 0:
                yield batch
                batch = []
            if left == 0:
                return
    if batch:
        yield batch
