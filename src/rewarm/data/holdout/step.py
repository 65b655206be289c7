"""Chooses the documents that no training sees, by the hash of their text.

The choice comes before cleaning and deduplication, so that no threshold moves a document from one
side to the other, and goes by the text, so that exact copies stay on the same side. Of each
source the smallest keyed hashes are taken: adding documents moves few.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.earlier import Earlier
from rewarm.corpus.tables import documents
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.text.text_keys import text_hash


def run(work: Work) -> Counts:
    """collect → split/NNNNN.parquet: id, heldout, text_hash."""
    shards = documents.shards(work.inputs["collect"] / "documents")
    units = [(str(shard), str(work.folder / "hashes" / f"{shard.stem}.npz")) for shard in shards]
    work.map(_hash, units, needs_all=True, shards=shards)
    hashed = [np.load(work.folder / "hashes" / f"{shard.stem}.npz") for shard in shards]
    sources = np.concatenate([part["source"] for part in hashed])
    hashes = np.concatenate([part["hash"] for part in hashed])
    heldout = choose(sources, hashes, work.config["holdout"], work.config["seed"])
    earlier = Earlier.of(work.config)
    if earlier:
        heldout &= ~np.isin(hashes, earlier.texts())
    start = 0
    (work.folder / "split").mkdir(exist_ok=True)
    for shard, part in zip(shards, hashed, strict=True):
        stop = start + len(part["hash"])
        table = pa.table(
            {
                "id": pq.read_table(shard, columns=["id"])["id"],
                "heldout": heldout[start:stop],
                "text_hash": hashes[start:stop],
            }
        )
        with writing(work.folder / "split" / shard.name) as aside:
            pq.write_table(table, aside)
        start = stop
    counts = {"documents": len(hashes), "heldout": int(heldout.sum())}
    for source in np.unique(sources):
        counts[f"heldout.{source}"] = int(heldout[sources == source].sum())
    return counts


def choose(sources: np.ndarray, hashes: np.ndarray, config: dict[str, Any], seed: int) -> np.ndarray:
    """bool [documents]: which are held out.

    sources: str [documents]; hashes: uint64 [documents], equal for equal texts.
    Equal texts are on the same side, also across sources. Of each source about `share` of its
    distinct texts, at least `min_documents` (but not more than half), at most `max_documents`.
    """
    keyed = (hashes ^ np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)) * np.uint64(0xD6E8FEB86659FD93)
    chosen: list[np.ndarray] = []
    for source in np.unique(sources):
        distinct = np.unique(keyed[sources == source])
        wanted = max(round(config["share"] * len(distinct)), min(config["min_documents"], len(distinct) // 2))
        chosen.append(distinct[: min(wanted, config["max_documents"])] if config["share"] else distinct[:0])
    return np.isin(keyed, np.concatenate(chosen)) if chosen else np.zeros(0, dtype=bool)


def _hash(shard: str, target: str) -> Counts:
    names: list[str] = []
    hashes: list[int] = []
    for batch in pq.ParquetFile(shard).iter_batches(batch_size=1024, columns=["source", "text"]):
        names.extend(batch["source"].to_pylist())
        hashes.extend(text_hash(text) for text in batch["text"].to_pylist())
    path = Path(target)
    path.parent.mkdir(exist_ok=True)
    with writing(path) as aside, aside.open("wb") as file:
        np.savez(file, source=np.array(names, dtype=np.str_), hash=np.array(hashes, dtype=np.uint64))
    return {"documents": len(hashes)}
