"""Scores documents under models, and ranks each score within its source and language.

Each model is loaded once and reads all shards; a shard that it has read is not read again after a kill. A
loss of one source, language or tokenizer says nothing beside that of another: Chinese costs more bits a byte
than English, and a table fewer than prose. So a score is turned into a percentile within source and
language, and only percentiles are compared between them.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import attributes, documents, own_labels, texts
from rewarm.data.score.percentiles import percentiles
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.text.scripts import script

if TYPE_CHECKING:
    from rewarm.data.score.measuring import Measure

# Texts that are sorted by length together: memory holds their tokens at once.
_BATCH = 2048


def run(work: Work) -> Counts:
    """documents, attributes, labels → attributes: id, score_NAME, score_NAME_percentile, judged_quality."""
    (work.folder / "attributes").mkdir(exist_ok=True)
    scores = work.config["scores"]
    if not scores:
        return {}
    shards = documents.shards(work.table("documents"))
    counts: Counts = {}
    for task in _tasks(work.config):
        _measured(work, shards, *task)
    groups = [_groups(work, shard) for shard in shards]
    columns: dict[str, np.ndarray] = {}
    for name, score in scores.items():
        values = _values(work, shards, score, name)
        ranks = percentiles(values, np.concatenate([*groups, np.empty(0, object)]), score["low_is_better"])
        columns |= {f"score_{name}": values, f"score_{name}_percentile": ranks}
        counts[f"scored.{name}"] = int(np.isfinite(values).sum())
        median = np.nanmedian(values) if np.isfinite(values).any() else np.nan
        number = counts[f"scored.{name}"]
        print(
            f"score     {name}: {number:,} of {len(values):,} documents, median {median:.3f}", file=sys.stderr
        )
    if work.config["quality"]:
        columns["judged_quality"] = columns[f"score_{work.config['quality']}_percentile"]
    start = 0
    for shard in shards:
        ids = texts.read(shard, ["id"])["id"].combine_chunks()
        part = {name: values[start : start + len(ids)] for name, values in columns.items()}
        own = {name: pa.array(values, mask=np.isnan(values)) for name, values in part.items()}
        with writing(work.folder / "attributes" / shard.name) as aside:
            pq.write_table(pa.table({"id": ids, **own}), aside, compression="zstd")
        start += len(ids)
    return {"documents": start, **counts}


def _tasks(config: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(name of the column, model, settings) of everything that is measured; a loss that several scores need
    is measured once."""
    found: dict[str, tuple[str, str, dict[str, Any]]] = {}
    for name, score in config["scores"].items():
        for column, model in columns_of(name, score):
            found.setdefault(column, (column, model, score))
    return list(found.values())


def columns_of(name: str, score: dict[str, Any]) -> list[tuple[str, str]]:
    """The measured columns that a score is made of, and the model of each."""
    if score["kind"] in ("rating", "label"):
        return [(name, score["model"] or score["classifier"])]
    models = ["", score["model"]] if score["kind"] == "excess_loss" else [score["model"] or ""]
    return [(f"loss.{model}.{score['characters']}.{','.join(score['sources'])}", model) for model in models]


def _measured(work: Work, shards: list[Path], column: str, model: str, score: dict[str, Any]) -> None:
    """Measure a column of every shard, into `_measured/`."""
    from rewarm.data.score import measuring

    phase = measuring.phase(column)
    (work.folder / f"_{phase}").mkdir(exist_ok=True)
    todo = [(shard, work.folder / f"_{phase}" / f"{shard.stem}.npy") for shard in shards]
    measure = None
    for shard, target in todo:
        if target.exists():
            continue
        measure = measure or measuring.open_measure(model, score, work.config)
        parts = []
        with progress("score", total=texts.count(shard), unit="text") as bar:
            for batch in texts.batches(shard, ["source", "text"], _BATCH):
                parts.append(_of_batch(measure, batch, score))
                bar.update(len(batch))
        values = np.concatenate([np.empty(0), *parts])
        with writing(target) as aside, aside.open("wb") as file:
            np.save(file, values)


def _of_batch(measure: "Measure", batch: pa.RecordBatch, score: dict[str, Any]) -> np.ndarray:
    """float64 [documents], NaN for those of sources that were not asked for."""
    values = np.full(len(batch), np.nan)
    mine = np.isin(batch["source"].to_numpy(zero_copy_only=False), score["sources"])
    places = np.flatnonzero(mine if score["sources"] else np.ones(len(batch), bool))
    given = [text[: score["characters"]] for text in batch["text"].take(pa.array(places)).to_pylist()]
    if given:
        values[places] = measure(given)
    return values


def _values(work: Work, shards: list[Path], score: dict[str, Any], name: str) -> np.ndarray:
    """float64 [all documents]: the score; the difference of two losses for `excess_loss`."""
    from rewarm.data.score import measuring

    parts = []
    for column, _ in columns_of(name, score):
        folder = work.folder / f"_{measuring.phase(column)}"
        found = (np.load(folder / f"{shard.stem}.npy") for shard in shards)
        parts.append(np.concatenate([np.empty(0), *found]))
    return parts[0] - parts[1] if len(parts) == 2 else parts[0]


def _groups(work: Work, shard: Path) -> np.ndarray:
    """object [documents]: source and language of each; the language by its script where no label says it."""
    rows = texts.read(shard, ["id", "source", "text"]).combine_chunks()
    ids = rows["id"].combine_chunks()
    given = work.config["languages"]
    fixed = {source: {"language": one["fixed"]} for source, one in given.items()}
    own = own_labels.of_shard(work.tables.get("labels", []), shard.name, rows, "language", fixed)
    named = sorted({one["attribute"] for one in given.values() if one["attribute"]})
    beside = attributes.columns(work.tables["attributes"], shard.name, ids, named)
    predicted = {name: beside[name].to_pylist() for name in named}
    found = np.empty(len(rows), object)
    for place, (source, text) in enumerate(zip(own.sources, rows["text"].to_pylist(), strict=True)):
        attribute = given.get(source, {}).get("attribute")
        language = (predicted[attribute][place] if attribute else None) or own.own[place]
        found[place] = (source, language or script(text[:2000]))
    return found
