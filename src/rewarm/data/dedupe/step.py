"""Drops exact duplicates, training documents that repeat a held-out one, and near-duplicates.

Five phases, each over shards or over one small column of them; text is read once, never moved:

1. tokens: the hashes of every shard's tokens and of its folded texts, and an excerpt of each;
2. index: the first of equal texts, boilerplate grams, what is held out;
3. signatures: boilerplate out, copies of held-out documents found, MinHash keys;
4. clusters: who meets whom in a band, and who stays (`keep_best`);
5. decisions: keep, ledger and clusters, shard by shard.

The first of equal documents in source order stays; of a near-duplicate cluster the best by the
recipe. A held-out document is never dropped for a training one. Tokens and excerpts take about
nine tenths of the text's size on disk while the step runs, and one shard's lie in memory at a time.
"""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.arrays import column, load, save, unique_sorted
from rewarm.corpus.tables import attributes, documents, texts
from rewarm.data.dedupe import clusters, stored
from rewarm.data.dedupe.boilerplate import frequent
from rewarm.data.dedupe.decisions import decide_shard
from rewarm.data.dedupe.excerpts import Excerpts
from rewarm.data.dedupe.heldout_copies import HeldoutGrams
from rewarm.data.dedupe.tables import CLUSTERS, INDEX, SIGNATURES, TOKENS, load_tokens, of_sources
from rewarm.engine.work import Counts, Work, cores, reconcile
from rewarm.text.grams.gram_sets import gram_sets
from rewarm.text.grams.gram_table import table_of
from rewarm.text.grams.minhash import signatures
from rewarm.text.grams.tokens import SLICE, joined, token_parts

# Documents of each source that boilerplate is counted in: a hundredth of them are 30, give or take 5.
_SAMPLE = 3000


def run(work: Work) -> Counts:
    """documents, split, attributes → keep/NNNNN.parquet (id, keep, heldout), clusters and ledger."""
    config, base = work.config["dedupe"], work.config.get("dedupe.base", [])
    for table in ("keep", "ledger", "clusters"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.table("documents"))
    names = [shard.stem for shard in shards]
    folder = str(work.folder)
    # Kernels and Arrow leave Python's lock to others: threads, so that each starts at once.
    units = [(str(shard), str(work.table("split")), work.tables["attributes"], folder) for shard in shards]
    work.map(_tokens_of_shard, units, threads=True, phase="tokens")
    if not (work.folder / INDEX).exists():
        _index(work.folder, names, config, stored.boilerplate(base) if base else None)
    signing = [(name, number, folder, config) for number, name in enumerate(names)]
    work.map(_sign_shard, signing, threads=True, phase="signatures")
    if not (work.folder / CLUSTERS).exists():
        clusters.find(work.folder, names, config["near"], stored.shards(base), config.get("base_sources", []))
    counts = work.map(
        decide_shard,
        [(str(shard), number, folder, config) for number, shard in enumerate(shards)],
        threads=True,
        phase="decisions",
    )
    if config["keep_signatures"]:
        stored.store_boilerplate(work.folder)
        storing = [(name, number, folder) for number, name in enumerate(names)]
        work.map(stored.store_shard, storing, threads=True, phase="stored")
    reconcile("dedupe", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    # Only what no finished phase reads again, so that a run killed here still resumes.
    for table in (TOKENS, SIGNATURES):
        shutil.rmtree(work.folder / table, ignore_errors=True)
    return counts


def _tokens_of_shard(path: str, splits: str, measured: list[Path], folder: str) -> Counts:
    shard = Path(path)
    rows = texts.read(shard, ["id", "source"])
    split = pq.read_table(Path(splits, shard.name), columns=["id", "heldout"])
    # What was not selected is missing from `rows`; the order is the same.
    held = split if rows["id"].equals(split["id"]) else split.filter(pc.is_in(split["id"], rows["id"]))
    quality = attributes.quality(measured, shard.name, rows["id"].combine_chunks())
    source = pc.dictionary_encode(rows["source"]).combine_chunks()
    excerpts = Excerpts()
    contents = (batch["text"] for batch in texts.batches(shard, ["text"], SLICE))
    parts = [joined([]), *token_parts(excerpts.noting(contents))]
    save(
        Path(folder, TOKENS, shard.stem),
        id=_bytes(rows["id"]),
        heldout=held["heldout"].to_numpy(),
        quality=quality,
        sources=np.array(source.dictionary.to_pylist(), dtype=np.str_),
        source=source.indices.to_numpy(zero_copy_only=False).astype(np.int32),
        exact=[part.exact for part in parts],
        counts=[part.counts for part in parts],
        titles=[part.titles for part in parts],
        hashes=[part.hashes for part in parts],
        excerpt_bytes=excerpts.bytes,
        excerpt_sizes=excerpts.sizes,
    )
    return {}


def _bytes(ids: pa.ChunkedArray) -> np.ndarray:
    """Ids as an array of bytes of one width: a third of what a str array takes."""
    return np.array(ids.cast(pa.binary()).to_numpy(), dtype=np.bytes_)


def _index(folder: Path, names: list[str], config: dict[str, Any], base: np.ndarray | None) -> None:
    """What every shard needs of all others: the first of equal texts, boilerplate, held-out grams.

    base: boilerplate of earlier runs, None without such runs. Signatures leave out the same in all runs that
    are compared, since they meet only if they are made alike; sets leave out what is boilerplate in any.
    """
    paths = [folder / TOKENS / name for name in names]
    near = config["near"]
    is_base = of_sources(paths, config.get("base_sources", []))
    hashes, heldout = column(paths, "exact", np.uint64), column(paths, "heldout", np.bool_)
    ids = column(paths, "id", np.bytes_)
    # Held-out documents first, then base sources, then in order: the first of equal ones is the original.
    order = np.lexsort((np.arange(len(hashes)), ~is_base, ~heldout, hashes))
    starts = np.ones(len(order), dtype=bool)
    starts[1:] = hashes[order][1:] != hashes[order][:-1]
    original = np.empty(len(order), dtype=np.int64)
    original[order] = order[np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))]
    if not config["exact"]:
        original = np.where(heldout[original] & ~heldout, original, np.arange(len(order)))
    offsets = np.cumsum([0, *(len(column([path], "heldout")) for path in paths)])
    alone = original == np.arange(len(original))
    boilerplate = _boilerplate(paths, offsets, alone, ids, near)
    common = boilerplate if base is None else np.union1d(boilerplate, base)
    held = joined(
        [
            load_tokens(path).of(heldout[first:last] & alone[first:last])
            for path, first, last in zip(paths, offsets, offsets[1:], strict=False)
        ]
    )
    sets = gram_sets(held, near["ngram"], table_of(common)).content()
    grams = HeldoutGrams.of(sets.values, sets.counts)
    save(
        folder / INDEX,
        original=original,
        heldout=heldout,
        id=ids,
        offsets=offsets,
        common=common,
        signing=boilerplate if base is None else base,
        held=np.flatnonzero(heldout & alone),
        held_grams=grams.grams,
        held_owner=grams.owner,
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
        shard = load(path)
        code = np.array([names.setdefault(str(name), len(names)) for name in shard["sources"]], np.int32)
        source[first:last] = code[shard["source"]]
    empty = np.empty(0, np.uint64)

    def of_source(source_number: int) -> np.ndarray:
        mine = np.flatnonzero((source == source_number) & alone)
        mine = np.sort(mine[np.argsort(ids[mine])[:_SAMPLE]])
        if len(mine) < near["frequent_documents"]:
            return np.empty(0, np.uint32)
        parts = []
        for path, first, last in zip(paths, offsets, offsets[1:], strict=False):
            here = mine[slice(*np.searchsorted(mine, [first, last]))]
            if len(here):
                parts.append(load_tokens(path).of(here - first))
        sets = gram_sets(joined(parts), near["ngram"], empty)
        return frequent(sets, near["frequent_share"], near["frequent_documents"])

    with ThreadPoolExecutor(cores()) as pool:
        per_source = list(pool.map(of_source, range(len(names))))
    return unique_sorted(np.concatenate([np.empty(0, np.uint32), *per_source]))


def _sign_shard(name: str, position: int, folder: str, config: dict[str, Any]) -> Counts:
    near = config["near"]
    index = load(Path(folder, INDEX))
    common = table_of(index["common"])
    signing = table_of(index["signing"])
    tokens = load_tokens(Path(folder, TOKENS, name))
    first = index["offsets"][position]
    rows = np.arange(first, first + len(tokens.counts))
    alive = index["original"][rows] == rows
    owners, shares = np.full(len(rows), -1, np.int64), np.zeros(len(rows))
    if config["heldout_overlap"] > 0 and len(index["held_grams"]):
        held = HeldoutGrams(index["held_grams"], index["held_owner"])
        sets = gram_sets(tokens, near["ngram"], common).content()
        owners, shares = held.copies(sets, config["heldout_overlap"])
        owners[index["heldout"][rows] | ~alive] = -1
    signed = signatures(tokens, near["ngram"], signing, near["bands"], near["rows"])
    compared = np.flatnonzero(alive & (owners < 0) & (tokens.counts > 0))
    save(
        Path(folder, SIGNATURES, name),
        owner=owners,
        share=shares,
        row=compared,
        sketch=signed.sketches[compared],
        partial=signed.partial[compared],
        **{f"key{band}": keys[compared] for band, keys in enumerate(signed.keys)},
    )
    return {}
