"""Chooses the documents that no training sees, by the hash of their text.

The choice comes before cleaning and deduplication, so that no threshold moves a document from one
side to the other, and goes by the text, so that exact copies stay on the same side. Of each
source the smallest keyed hashes are taken: adding documents moves few. Where documents bring labels, the
source's number is spread over them, so that a rare value is measured too.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.earlier import Earlier
from rewarm.corpus.tables import documents, labels
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work
from rewarm.text.text_keys import text_hash


def run(work: Work) -> Counts:
    """documents, labels → split/NNNNN.parquet: id, heldout, text_hash."""
    shards = documents.shards(work.table("documents"))
    beside = work.tables.get("labels", [])
    units = [(str(shard), beside, str(work.folder / "hashes" / f"{shard.stem}.npz")) for shard in shards]
    work.map(_hash, units, needs_all=True, shards=shards)
    hashed = [np.load(work.folder / "hashes" / f"{shard.stem}.npz") for shard in shards]
    sources = np.concatenate([part["source"] for part in hashed])
    hashes = np.concatenate([part["hash"] for part in hashed])
    labelled = np.concatenate([part["labels"] for part in hashed])
    heldout = choose(sources, hashes, work.config["holdout"], work.config["seed"], labelled)
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


def choose(
    sources: np.ndarray,
    hashes: np.ndarray,
    config: dict[str, Any],
    seed: int,
    labelled: np.ndarray | None = None,
) -> np.ndarray:
    """bool [documents]: which are held out.

    sources: str [documents]; hashes: uint64 [documents], equal for equal texts; labelled: str [documents],
    equal for documents that bring equal labels. Equal texts are on the same side, also across sources. Of
    each source about `share` of its distinct texts, at least `min_documents` (but not more than half), at
    most `max_documents`; of each label in proportion, and one at least.
    """
    keyed = (hashes ^ np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)) * np.uint64(0xD6E8FEB86659FD93)
    chosen: list[np.ndarray] = []
    for source in np.unique(sources):
        mine = sources == source
        distinct = np.unique(keyed[mine])
        wanted = max(round(config["share"] * len(distinct)), min(config["min_documents"], len(distinct) // 2))
        wanted = min(wanted, config["max_documents"]) if config["share"] else 0
        values = np.unique(labelled[mine]) if labelled is not None else [None]
        parts = [distinct if one is None else np.unique(keyed[mine & (labelled == one)]) for one in values]
        for part, number in zip(parts, _spread(wanted, [len(part) for part in parts]), strict=True):
            chosen.append(part[:number])
    return np.isin(keyed, np.concatenate(chosen)) if chosen else np.zeros(0, dtype=bool)


def _spread(wanted: int, sizes: list[int]) -> list[int]:
    """`wanted` divided in proportion to sizes, by largest remainders; one at least of each size of two or
    more, as far as it goes round."""
    if len(sizes) == 1:
        return [min(wanted, sizes[0])]
    exact = [wanted * size / sum(sizes) for size in sizes]
    given = [max(int(part), min(1, size // 2)) for part, size in zip(exact, sizes, strict=True)]
    order = sorted(range(len(sizes)), key=lambda at: (given[at] - exact[at], -sizes[at], at))
    while sum(given) < wanted and any(given[at] < sizes[at] for at in order):
        for at in order:
            if sum(given) < wanted and given[at] < sizes[at]:
                given[at] += 1
    # What the rare ones got too much is the others'; of more values than documents the largest keep theirs.
    while sum(given) > wanted:
        given[max(order, key=lambda at: (given[at], -sizes[at]))] -= 1
    return given


def _hash(shard: str, beside: list[Path], target: str) -> Counts:
    names: list[str] = []
    hashes: list[int] = []
    ids: list[str] = []
    for batch in pq.ParquetFile(shard).iter_batches(batch_size=1024, columns=["id", "source", "text"]):
        names.extend(batch["source"].to_pylist())
        ids.extend(batch["id"].to_pylist())
        hashes.extend(text_hash(text) for text in batch["text"].to_pylist())
    own = labels.read(beside, Path(shard).name, pa.array(ids, pa.string()))
    values = zip(*(own[axis].to_pylist() for axis in sorted(own)), strict=True)
    labelled = [json.dumps(row, ensure_ascii=False) for row in values] if own else [""] * len(ids)
    path = Path(target)
    path.parent.mkdir(exist_ok=True)
    with writing(path) as aside, aside.open("wb") as file:
        np.savez(
            file,
            source=np.array(names, dtype=np.str_),
            hash=np.array(hashes, dtype=np.uint64),
            labels=np.array(labelled, dtype=np.str_),
        )
    return {"documents": len(hashes)}
