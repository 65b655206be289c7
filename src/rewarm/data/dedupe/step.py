"""Drops exact duplicates, and training documents that repeat a held-out one.

The first of equal documents in source order stays; a held-out document is never dropped for a
training one, the training one goes.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus import documents, ledger
from rewarm.corpus.ledger import Verdict
from rewarm.corpus.publish import writing
from rewarm.corpus.text_keys import gram_hashes, text_hash
from rewarm.corpus.work import Counts, Work, reconcile
from rewarm.data.dedupe.heldout_copies import HeldoutGrams


def run(work: Work) -> Counts:
    """clean, holdout → keep/NNNNN.parquet (id, keep, heldout) and ledger."""
    for table in ("hashes", "keep", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.inputs["clean"] / "documents")
    split = work.inputs["holdout"] / "split"
    index = work.folder / "heldout.npz"
    units = [(str(shard), str(split / shard.name), str(work.folder)) for shard in shards]
    work.map(_hash_shard, units, phase="hashes")
    if not index.exists():
        _index(work.folder, [shard.stem for shard in shards], work.config["dedupe"]["exact"], index)
    counts = work.map(_decide_shard, [(*unit, work.config["dedupe"]) for unit in units], phase="decisions")
    reconcile("dedupe", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    return counts


def _hash_shard(shard: str, split: str, folder: str) -> Counts:
    held = dict(
        zip(*(pq.read_table(split).column(name).to_pylist() for name in ("id", "heldout")), strict=True)
    )
    hashes: list[int] = []
    heldout: list[bool] = []
    ids: list[str] = []
    grams: list[np.ndarray] = []
    for batch in pq.ParquetFile(shard).iter_batches(batch_size=1024, columns=["id", "text"]):
        for row in batch.to_pylist():
            ids.append(row["id"])
            hashes.append(text_hash(row["text"]))
            heldout.append(held[row["id"]])
            if heldout[-1]:
                grams.append(gram_hashes(row["text"]))
    with writing(Path(folder, "hashes", f"{Path(shard).stem}.npz")) as aside, aside.open("wb") as file:
        np.savez(
            file,
            id=np.array(ids, dtype=np.str_),
            hash=np.array(hashes, dtype=np.uint64),
            heldout=np.array(heldout, dtype=bool),
            grams=np.concatenate([*grams, np.empty(0, dtype=np.uint64)]),
            gram_counts=np.array([len(part) for part in grams], dtype=np.int64),
        )
    return {}


def _index(folder: Path, stems: list[str], exact: bool, target: Path) -> None:
    """What every shard needs of all others: the duplicates' originals and the held-out grams."""
    parts = [np.load(folder / "hashes" / f"{stem}.npz") for stem in stems]
    hashes = np.concatenate([part["hash"] for part in parts])
    heldout = np.concatenate([part["heldout"] for part in parts])
    ids = np.concatenate([part["id"] for part in parts])
    # Held-out documents first, then in order: the first of equal ones is the original.
    order = np.lexsort((np.arange(len(hashes)), ~heldout, hashes))
    starts = np.r_[True, hashes[order][1:] != hashes[order][:-1]] if len(order) else np.zeros(0, dtype=bool)
    original = np.empty(len(order), dtype=np.int64)
    original[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    if not exact:
        original = np.where(heldout[original] & ~heldout, original, np.arange(len(order)))
    with writing(target) as aside, aside.open("wb") as file:
        np.savez(
            file,
            original=original,
            original_id=ids[original],
            heldout=heldout,
            heldout_id=ids[heldout],
            offsets=np.cumsum([0, *(len(part["hash"]) for part in parts)]),
            stems=np.array(stems, dtype=np.str_),
            grams=np.concatenate([part["grams"] for part in parts]),
            gram_counts=np.concatenate([part["gram_counts"] for part in parts]),
        )


def _decide_shard(shard: str, split: str, folder: str, config: dict[str, Any]) -> Counts:
    source = Path(shard)
    index = np.load(Path(folder, "heldout.npz"))
    row_number = int(index["offsets"][list(index["stems"]).index(source.stem)])
    original, original_id = index["original"], index["original_id"]
    heldout, heldout_id = index["heldout"], index["heldout_id"]
    bounds = np.cumsum(index["gram_counts"])
    closest = HeldoutGrams.of(np.split(index["grams"], bounds[:-1]) if len(bounds) else []).closest
    counts: Counts = {"in": 0, "documents": 0, "dropped": 0, "heldout": 0}
    ids: list[str] = []
    keep: list[bool] = []
    verdicts: list[Verdict] = []
    start = row_number
    for batch in pq.ParquetFile(source).iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            reason, match, score, limit = "", "", None, None
            if original[row_number] != row_number:
                copied = heldout[original[row_number]] and not heldout[row_number]
                reason, match = ("exact_heldout" if copied else "exact"), str(original_id[row_number])
            elif not heldout[row_number]:
                owner, overlap = closest(gram_hashes(row["text"]))
                if overlap >= config["heldout_overlap"] > 0:
                    reason, match = "near_heldout", str(heldout_id[owner])
                    score, limit = overlap, config["heldout_overlap"]
            counts["in"] += 1
            ids.append(row["id"])
            keep.append(not reason)
            if reason:
                about = {key: row[key] for key in ("id", "source", "origin")}
                more = {"excerpt": row["text"], "match": match, "score": score, "threshold": limit}
                verdicts.append(Verdict(**about, step="dedupe", verdict="drop", reason=reason, **more))
                counts[f"dropped.{reason}"] = counts.get(f"dropped.{reason}", 0) + 1
            counts["dropped" if reason else "documents"] += 1
            counts["heldout"] += int(not reason and heldout[row_number])
            row_number += 1
    table = pa.table({"id": pa.array(ids, pa.string()), "keep": keep, "heldout": heldout[start:row_number]})
    with writing(Path(folder, "keep", source.name)) as aside:
        pq.write_table(table, aside)
    ledger.write(Path(folder, "ledger", source.name), verdicts)
    return counts
