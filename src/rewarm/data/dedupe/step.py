"""Drops exact duplicates, training documents that repeat a held-out one, and near-duplicates.

Five phases, each over shards or over one small column of them; text is read twice (for the sets,
and for excerpts of what is dropped), never moved:

1. sets: the gram sets of every shard, and the hash of the folded text;
2. index: the first of equal texts, boilerplate grams, what is held out;
3. signatures: boilerplate out, copies of held-out documents found, MinHash keys;
4. clusters: who meets whom in a band, and who stays (`keep_best`);
5. decisions: keep, ledger and clusters, shard by shard.

The first of equal documents in source order stays; of a near-duplicate cluster the best by the
recipe. A held-out document is never dropped for a training one. Sets take about as much disk as
the text while the step runs, and one shard's in memory at a time.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from rewarm.corpus import documents
from rewarm.corpus.work import Counts, Work, reconcile
from rewarm.data.dedupe import boilerplate, clusters
from rewarm.data.dedupe.decisions import decide_shard
from rewarm.data.dedupe.gram_sets import gram_sets, joined
from rewarm.data.dedupe.heldout_copies import HeldoutGrams
from rewarm.data.dedupe.minhash import signatures
from rewarm.data.dedupe.tables import (
    CLUSTERS,
    INDEX,
    column,
    load_sets,
    mapped,
    save,
    save_mapped,
    sets_as_arrays,
)

# Documents of each source that boilerplate is counted in: a hundredth of them are 50, give or take 7.
_SAMPLE = 5000


def run(work: Work) -> Counts:
    """clean, holdout → keep/NNNNN.parquet (id, keep, heldout), clusters and ledger."""
    config = work.config["dedupe"]
    for table in ("keep", "ledger", "clusters"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.inputs["clean"] / "documents")
    names = [shard.stem for shard in shards]
    folder = str(work.folder)
    # Kernels use all cores by threads, so shards follow each other in this process.
    units = [(str(work.inputs["clean"]), str(work.inputs["holdout"]), name, folder, config) for name in names]
    work.map(_sets_of_shard, units, workers=1, phase="sets")
    if not (work.folder / INDEX).exists():
        _index(work.folder, names, config)
    signing = [(name, number, folder, config) for number, name in enumerate(names)]
    work.map(_sign_shard, signing, workers=1, phase="signatures")
    if not (work.folder / CLUSTERS).exists():
        clusters.find(work.folder, names, config["near"])
    counts = work.map(
        decide_shard,
        [(str(shard), number, folder, config) for number, shard in enumerate(shards)],
        workers=1,
        phase="decisions",
    )
    reconcile("dedupe", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    # Only what no finished phase reads again, so that a run killed here still resumes.
    for table in ("_sets-arrays", "_signatures-arrays"):
        shutil.rmtree(work.folder / table, ignore_errors=True)
    return counts


def _sets_of_shard(clean: str, holdout: str, name: str, folder: str, config: dict[str, Any]) -> Counts:
    rows = pq.read_table(Path(clean, "documents", f"{name}.parquet"), columns=["id", "text", "source"])
    split = pq.read_table(Path(holdout, "split", f"{name}.parquet"), columns=["id", "heldout"])
    ids = np.array(rows["id"].to_pylist(), dtype=np.str_)
    every = np.array(split["id"].to_pylist(), dtype=np.str_)
    held = split["heldout"].to_numpy()
    # What was cleaned away is missing from `ids`; the order is the same.
    heldout = held if np.array_equal(ids, every) else held[np.isin(every, ids)]
    quality = pq.read_table(Path(clean, "attributes", f"{name}.parquet"), columns=["quality"])["quality"]
    sources, source = np.unique(np.array(rows["source"].to_pylist(), dtype=np.str_), return_inverse=True)
    save(
        Path(folder, "_sets-arrays", f"{name}.npz"),
        id=ids.astype(np.bytes_),
        heldout=heldout,
        quality=quality.to_numpy(),
        sources=sources,
        source=source.astype(np.int32),
        **sets_as_arrays(gram_sets(rows["text"], config["near"]["ngram"])),
    )
    return {}


def _index(folder: Path, names: list[str], config: dict[str, Any]) -> None:
    """What every shard needs of all others: the first of equal texts, boilerplate, held-out grams."""
    paths = [folder / "_sets-arrays" / f"{name}.npz" for name in names]
    hashes, heldout = column(paths, "exact", np.uint64), column(paths, "heldout", np.bool_)
    ids = column(paths, "id", np.bytes_)
    # Held-out documents first, then in order: the first of equal ones is the original.
    order = np.lexsort((np.arange(len(hashes)), ~heldout, hashes))
    starts = np.r_[True, hashes[order][1:] != hashes[order][:-1]] if len(order) else np.zeros(0, dtype=bool)
    original = np.empty(len(order), dtype=np.int64)
    original[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    if not config["exact"]:
        original = np.where(heldout[original] & ~heldout, original, np.arange(len(order)))
    offsets = np.cumsum([0, *(len(column([path], "heldout")) for path in paths)])
    alone = original == np.arange(len(original))
    common = _boilerplate(paths, offsets, alone, ids, config["near"])
    held = []
    for path, first, last in zip(paths, offsets, offsets[1:], strict=False):
        mine = heldout[first:last] & alone[first:last]
        if mine.any():
            with np.load(path) as file:
                held.append(boilerplate.without(load_sets(file).of(mine), common))
    save_mapped(
        folder / INDEX,
        original=original,
        heldout=heldout,
        id=ids,
        offsets=offsets,
        common=common,
        held=np.flatnonzero(heldout & alone),
        held_grams=np.concatenate([part.grams for part in held]) if held else np.empty(0, np.uint32),
        held_counts=np.concatenate([part.counts for part in held]) if held else np.empty(0, np.int32),
    )


def _boilerplate(
    paths: list[Path], offsets: np.ndarray, alone: np.ndarray, ids: np.ndarray, near: dict[str, Any]
) -> np.ndarray:
    """Grams that are over-frequent in some source, counted over the documents with its smallest ids.

    An id is a hash, so these are drawn at random, and the same however the shards are cut.
    """
    names: dict[str, int] = {}
    source = np.empty(len(ids), np.int32)
    for path, first, last in zip(paths, offsets, offsets[1:], strict=False):
        with np.load(path) as file:
            code = np.array([names.setdefault(str(name), len(names)) for name in file["sources"]], np.int32)
            source[first:last] = code[file["source"]]
    sampled = np.zeros(len(ids), bool)
    for number in range(len(names)):
        mine = np.flatnonzero((source == number) & alone)
        sampled[mine[np.argsort(ids[mine])[:_SAMPLE]]] = True
    parts: dict[int, list[Any]] = {}
    for path, first, last in zip(paths, offsets, offsets[1:], strict=False):
        chosen = sampled[first:last]
        if not chosen.any():
            continue
        with np.load(path) as file:
            sets = load_sets(file).of(chosen)
        for number in np.unique(source[first:last][chosen]):
            parts.setdefault(int(number), []).append(sets.of(source[first:last][chosen] == number))
    share, least = near["frequent_share"], near["frequent_documents"]
    found = [boilerplate.frequent(joined(part), share, least) for part in parts.values()]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.uint32)


def _sign_shard(name: str, number: int, folder: str, config: dict[str, Any]) -> Counts:
    near = config["near"]
    index = mapped(Path(folder, INDEX))
    common = np.asarray(index["common"])
    bounds = np.cumsum(index["held_counts"])
    held = np.split(np.asarray(index["held_grams"]), bounds[:-1]) if len(bounds) else []
    first = index["offsets"][number]
    with np.load(Path(folder, "_sets-arrays", f"{name}.npz")) as file:
        sets = load_sets(file)
    rows = np.arange(first, first + len(sets.counts))
    alive = index["original"][rows] == rows
    sets = boilerplate.without(sets.of(alive), common)
    owners, shares = np.full(len(rows), -1, np.int64), np.zeros(len(rows))
    if config["heldout_overlap"] > 0:
        owners[alive], shares[alive] = HeldoutGrams.of(held).copies(sets, config["heldout_overlap"])
        owners[index["heldout"][rows]] = -1
    compared = (owners[alive] < 0) & (sets.counts > 0)
    sets = sets.of(compared)
    signed = signatures(sets, near["bands"], near["rows"])
    save(
        Path(folder, "_signatures-arrays", f"{name}.npz"),
        owner=owners,
        share=shares,
        row=rows[alive][compared],
        sketch=signed.sketches,
        **{f"key{band}": keys for band, keys in enumerate(signed.keys)},
    )
    return {}
