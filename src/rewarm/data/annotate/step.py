"""Gives documents without a label on an axis the label that a classifier predicts, as an attribute.

The classifier of an axis is trained on documents of the base sources, which have labels of their own, or
comes from an earlier run. Its accuracy on labelled documents outside of its training is written beside it
and printed: a classifier that is hardly better than always the same label is worse than no label.
"""

import json
import shutil
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.classify import classifier as files
from rewarm.classify.classifier import Classifier
from rewarm.classify.reading import Reading
from rewarm.classify.training import train
from rewarm.corpus.tables import documents, texts
from rewarm.corpus.tables.own_labels import of_shard
from rewarm.data.annotate import affinity
from rewarm.data.annotate.teaching import teaching
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.errors import RewarmError

_BATCH = 512


def run(work: Work) -> Counts:
    """documents, labels → attributes (id, predicted_AXIS, predicted_AXIS_probability), classifiers/ and,
    with task examples, affinity.json."""
    for table in ("attributes", "classifiers"):
        (work.folder / table).mkdir(exist_ok=True)
    axes = list(work.config["annotate"]["classifiers"])
    if not axes and "examples" not in work.config:
        return {}
    given = documents.shards(work.table("documents"))
    if "examples" in work.config:
        affinity.write(work, given)
    if not axes:
        return {}
    labels = work.tables.get("labels", [])
    for axis in axes:
        _classifier(work, axis, given, labels)
    units = [(str(shard), labels, str(work.folder), work.config) for shard in given]
    counts = work.map(annotate_shard, units, shards=given, threads=True)
    for axis in axes:
        asked, sure = counts.get(f"asked.{axis}", 0), counts.get(f"labelled.{axis}", 0)
        least = work.config["annotate"]["classifiers"][axis]["min_probability"]
        print(
            f"annotate  {axis}: {sure:,} of {asked:,} documents without a label got one at a probability of "
            f"{least} or more",
            file=sys.stderr,
        )
    return counts


def annotate_shard(shard: str, labels: list[Path], folder: str, config: dict[str, Any]) -> Counts:
    """One shard of attributes, in the order of the documents; null for a document with a label of its own
    and for one whose prediction is not certain enough (its probability is written)."""
    source = Path(shard)
    counts: Counts = {}
    rows = texts.read(source, ["id", "source"]).combine_chunks()
    columns: dict[str, pa.Array] = {"id": rows["id"].combine_chunks()}
    for axis, settings in config["annotate"]["classifiers"].items():
        own = of_shard(labels, source.name, rows, axis, config["labels"])
        asked = own.missing(settings["base"])
        model = _opened(Path(folder, "classifiers", f"{axis}.safetensors"))
        names, chances = _predicted(model, source, asked)
        sure = chances >= settings["min_probability"]
        columns[f"predicted_{axis}"] = pa.array(names, pa.string(), mask=~sure)
        columns[f"predicted_{axis}_probability"] = pa.array(chances, pa.float64(), mask=~asked)
        counts |= {f"asked.{axis}": int(asked.sum()), f"labelled.{axis}": int(sure.sum())}
        for name in names[sure]:
            key = f"labelled.{axis}.{name}"
            counts[key] = counts.get(key, 0) + 1
    with writing(Path(folder, "attributes", source.name)) as aside:
        pq.write_table(pa.table(columns), aside, compression="zstd")
    return counts


@cache
def _opened(path: Path) -> Classifier:
    """A classifier, once for all shards of a process: an encoder takes seconds to load."""
    return files.load(path)


def _predicted(model: Classifier, shard: Path, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label and probability of the documents that are asked about; None and -1 of the others."""
    names = np.full(len(asked), None, object)
    chances = np.full(len(asked), -1.0)
    known = np.array(model.classes, object)
    start = 0
    for batch in texts.batches(shard, ["text"], _BATCH):
        mine = np.flatnonzero(asked[start : start + len(batch)])
        if len(mine):
            best, chance = model.predict(batch["text"].take(pa.array(mine)))
            names[start + mine], chances[start + mine] = known[best], chance
        start += len(batch)
    return names, chances


def _classifier(work: Work, axis: str, shards: list[Path], labels: list[Path]) -> None:
    """Write `classifiers/AXIS.safetensors` and `AXIS.json`, unless they are there."""
    target = work.folder / "classifiers" / f"{axis}.safetensors"
    about = target.with_suffix(".json")
    if about.exists():
        return
    settings = work.config["annotate"]
    sources = settings["classifiers"][axis]["base"]
    if sources:
        found = teaching(
            shards, labels, axis, work.config["labels"], sources, settings["documents_per_class"],
            work.config["seed"],
        )  # fmt: skip
        try:
            model = train(
                found.texts, found.labels, found.ids,
                Reading(ngram=settings["ngram"], tokens=settings["tokens"]), work.config["seed"], axis=axis,
            )  # fmt: skip
        except ValueError as error:
            raise RewarmError(
                f"annotate.classifiers.{axis}: {error} among the documents of {', '.join(sources)}. Give the "
                f"sources labels on the axis, as `labels: {{{axis}: {{field: NAME}}}}`"
            ) from None
        model.save(target)
    else:
        with writing(target) as aside:
            shutil.copyfile(work.config["files"][axis], aside)
        model = files.load(target)
    held_out = model.held_out
    with writing(about) as aside:
        said = {"classes": list(model.classes), **asdict(model.calibration), **asdict(held_out)}
        aside.write_text(json.dumps(said, indent=1, ensure_ascii=False), encoding="utf-8")
    print(
        f"annotate  {axis}: {len(model.classes)} labels learnt from {held_out.trained:,} documents; of "
        f"{held_out.documents:,} held out {held_out.accuracy:.1%} are right (always the most frequent: "
        f"{held_out.majority:.1%}); macro-F1 {held_out.macro_f1:.3f}, calibration error "
        f"{held_out.calibration_error:.3f}",
        file=sys.stderr,
    )
