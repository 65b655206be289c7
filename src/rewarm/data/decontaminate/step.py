"""Drops training documents that hold benchmark items or parts of what is held out.

Phases over shards: the tokens of what is held out; how often each gram that is looked for stands in
training documents; matches and decisions. Documents are read and cut into tokens anew in each, which
costs less than keeping the tokens. Memory holds one shard's tokens and the index of grams, about 40 bytes
for each token of benchmarks and held-out documents.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.arrays import column, load, save
from rewarm.corpus.benchmarks import items as benchmark_items
from rewarm.corpus.tables import documents, texts
from rewarm.data.decontaminate.decisions import decide_shard
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.text.grams.tokens import tokens_of
from rewarm.text.item_search import paraphrase
from rewarm.text.item_search.collection import GRAM, TOO_SHORT, collection, gather, searched
from rewarm.text.item_search.scan import frequencies

_HELDOUT, _FREQUENCY = "_heldout-arrays", "_frequency-arrays"
_COLLECTION, COMMON = "_collection-arrays", "_common-arrays"


def run(work: Work) -> Counts:
    """documents, keep → keep/NNNNN.parquet (id, keep, heldout, masks), items.parquet and ledger."""
    config = work.config["decontaminate"]
    for table in ("keep", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    folder, keeps = inputs(work)
    names = [shard.stem for shard in documents.shards(folder)]
    units = [(str(folder), str(keeps), name, str(work.folder)) for name in names]
    looks = bool(config["heldout_share"] or config["heldout_run"])
    if looks:
        work.map(_heldout_tokens, units, threads=True, phase="heldout")
    items = [
        item
        for benchmark, files in zip(config["benchmarks"], work.config["files"], strict=True)
        for item in benchmark_items.read(benchmark, files)
    ]
    if not (work.folder / _COLLECTION).exists():
        held = [work.folder / _HELDOUT / name for name in names] if looks else []
        stored = (
            column(held, "id", np.bytes_),
            column(held, "counts", np.int32),
            column(held, "hashes", np.uint32),
        )
        gather(work.folder / _COLLECTION, items, stored, config)
    if len(searched(work.folder / _COLLECTION).grams):
        work.map(_count_grams, units, threads=True, phase="frequency")
    if not (work.folder / COMMON).exists():
        _common(work.folder, names, config)
    common = load(work.folder / COMMON)
    found = collection(work.folder / _COLLECTION, common["common"], config)
    signed = paraphrase.sign(found) if config["paraphrase"] < 1 else []
    _write_items(work.folder, items, found.how)
    counts = work.map(
        decide_shard,
        [(*unit, found, signed, items, config) for unit in units],
        threads=True,
        phase="decisions",
    )
    kept = {key: counts.get(key, 0) for key in ("documents", "dropped", "not_kept")}
    reconcile("decontaminate", "documents", counts.get("in", 0), kept)
    counts["items"] = len(items)
    counts["items_too_short"] = int((found.how == TOO_SHORT).sum())
    if not items:
        print(
            "decontaminate: no benchmark is named; only copies of what is held out are looked for",
            file=sys.stderr,
        )
    return counts


def inputs(work: Work) -> tuple[Path, Path]:
    """The table of documents that are read, and of which of them are kept."""
    return work.table("documents"), work.table("keep")


def _heldout_tokens(shards: str, keeps: str, name: str, folder: str) -> Counts:
    decided = pq.read_table(Path(keeps, f"{name}.parquet"))
    wanted = np.flatnonzero(decided["keep"].to_numpy() & decided["heldout"].to_numpy())
    rows = texts.read(Path(shards, f"{name}.parquet"), ["id", "text"]).take(wanted)
    tokens = tokens_of(rows["text"])
    ids = np.array(rows["id"].cast(pa.binary()).to_numpy(), dtype=np.bytes_)
    save(Path(folder, _HELDOUT, name), id=ids, counts=tokens.counts, hashes=tokens.hashes)
    return {}


def _count_grams(shards: str, keeps: str, name: str, folder: str) -> Counts:
    decided = pq.read_table(Path(keeps, f"{name}.parquet"))
    chosen = decided["keep"].to_numpy() & ~decided["heldout"].to_numpy()
    tokens = tokens_of(texts.read(Path(shards, f"{name}.parquet"), ["text"])["text"])
    found = frequencies(tokens, chosen, GRAM, searched(Path(folder, _COLLECTION)))
    rows = np.flatnonzero(found)
    documents_here = np.array([chosen.sum()])
    save(Path(folder, _FREQUENCY, name), row=rows, documents=documents_here, count=found[rows])
    return {}


def _common(folder: Path, names: list[str], config: dict[str, Any]) -> None:
    """Which grams stand in so many training documents that they are language and no copy."""
    found = np.zeros(len(searched(folder / _COLLECTION).grams), np.int64)
    total = 0
    for name in names if len(found) else []:
        shard = load(folder / _FREQUENCY / name)
        found[shard["row"]] += shard["count"]
        total += int(shard["documents"][0])
    least = max(config["frequent_documents"], config["frequent_share"] * total)
    save(folder / COMMON, common=found >= least)


def _write_items(folder: Path, items: list[benchmark_items.Item], how: np.ndarray) -> None:
    """What became of every item: compared alone, with its options, or too short."""
    words = np.array(["too_short", "with_options", "nearly_alone", "alone"])
    table = pa.table(
        {
            "item": pa.array([item.name for item in items], pa.string()),
            "question": pa.array([item.question for item in items], pa.string()),
            "compared": pa.array(words[how].tolist(), pa.string()),
        }
    )
    with writing(folder / "items.parquet") as aside:
        pq.write_table(table, aside, compression="zstd")
