"""Cuts passages that an earlier document has too, of the documents that `dedupe` keeps.

1. pieces: tokens of every shard, and the fingerprints that are chosen of them;
2. index: who goes before whom; the tokens of all shards as one mapped file;
3. meetings: equal fingerprints, one range of hashes at a time;
4. edit: meetings followed to maximal passages, narrowed to sentences; documents, keep, ledger.

A document loses only what a document before it has, so the very first keeps everything, and by induction
each passage stays somewhere; a document that is dropped takes less with it than what counts as a passage.
Memory holds a shard's tokens, or a range of fingerprints, or the matches of a shard; tokens lie on disk.
"""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, texts
from rewarm.data.trim.edit import edit_shard
from rewarm.data.trim.fingerprints import fingerprints_of, lengths
from rewarm.data.trim.meetings import meet, ranges
from rewarm.data.trim.pieces import pieces_of
from rewarm.data.trim.tables import (
    FINGERPRINTS,
    INDEX,
    MEETINGS,
    PIECES,
    column,
    joined_on_disk,
    load_one,
    save,
)
from rewarm.data.trim.unlearnt import unlearnt_of
from rewarm.engine.work import Counts, Work, reconcile

_UNDATED = "\x7f"


def run(work: Work) -> Counts:
    """documents, keep → documents (kept ones, edited), keep (id, keep, heldout; all stay) and ledger."""
    config = work.config["trim"]
    for table in ("documents", "keep", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    shards, keeps = _inputs(work)
    folder = str(work.folder)
    if config["enabled"]:
        find(work)
    units = [
        (str(shard), str(keep), number, folder, config)
        for number, (shard, keep) in enumerate(zip(shards, keeps, strict=True))
    ]
    counts = work.map(edit_shard, units, threads=True, phase="edit")
    reconcile("trim", "documents", counts.get("in", 0),
              {key: counts.get(key, 0) for key in ("documents", "dropped", "not_kept")})  # fmt: skip
    # Not the index, which a finished phase's resume still asks for.
    for table in (PIECES, FINGERPRINTS, MEETINGS):
        shutil.rmtree(work.folder / table, ignore_errors=True)
    (work.folder / "_corpus.npy").unlink(missing_ok=True)
    return counts


def find(work: Work) -> None:
    """Leave in the folder what was found: the index, the tokens of all shards, the meetings."""
    config, folder = work.config["trim"], str(work.folder)
    shards, keeps = _inputs(work)
    names = [shard.stem for shard in shards]
    order = {name: number for number, name in enumerate(work.config["sources"])}
    units = [
        (str(shard), str(keep), folder, config, order) for shard, keep in zip(shards, keeps, strict=True)
    ]
    work.map(_pieces_of_shard, units, threads=True, phase="pieces")
    if not (work.folder / INDEX).exists():
        _index(work.folder, names)
    total = int(load_one(work.folder / INDEX, "ranges")[0])
    (work.folder / MEETINGS).mkdir(exist_ok=True)
    # One at a time: each holds a range of the whole corpus.
    work.map(meet, [(number, total, names, folder) for number in range(total)], workers=1, phase="meetings")


def _inputs(work: Work) -> tuple[list[Path], list[Path]]:
    """Shards of documents, and for each the table that says which go on: id, keep, heldout."""
    shards = documents.shards(work.table("documents"))
    return shards, [work.table("keep") / shard.name for shard in shards]


def _pieces_of_shard(
    shard: str, keep: str, folder: str, config: dict[str, Any], order: dict[str, int]
) -> Counts:
    name, limits = Path(shard).stem, lengths(config["words"], config["characters"], config["sentences"])
    decided = pq.read_table(keep)
    wanted = decided["keep"].to_numpy()
    columns = ["id", "text", "source", "masks"] + (["meta"] if config["date"] else [])
    rows = texts.read(Path(shard), columns)
    column_of = rows["text"].cast(pa.large_string()).combine_chunks()
    if isinstance(column_of, pa.ChunkedArray):
        column_of = (
            pa.concat_arrays(column_of.chunks) if column_of.num_chunks else pa.array([], pa.large_string())
        )
    _, offsets, data = column_of.buffers()
    bounds = np.frombuffer(offsets, np.int64)[column_of.offset : column_of.offset + len(column_of) + 1]
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    bounds = bounds if len(column_of) else np.zeros(1, np.int64)
    content = unlearnt_of(content, bounds, rows, ~decided["heldout"].to_numpy())
    pieces = pieces_of(content, bounds, wanted)
    chosen = fingerprints_of(pieces, limits)
    dates = [_date(meta, config["date"]) for meta in rows["meta"].to_pylist()] if config["date"] else []
    save(
        Path(folder, PIECES, name),
        tokens=pieces.tokens,
        counts=pieces.counts,
        id=np.array(rows["id"].cast(pa.binary()).to_numpy(), dtype=np.bytes_),
        source=np.array([order.get(source, len(order)) for source in rows["source"].to_pylist()], np.int64),
        date=np.array(dates or [_UNDATED] * len(rows), dtype=np.str_),
        heldout=decided["heldout"].to_numpy(),
    )
    save(Path(folder, FINGERPRINTS, name), hash=chosen.hash, document=chosen.document, place=chosen.place)
    return {}


def _date(meta: str | None, field: str) -> str:
    """A date as ISO 8601 sorts it; what has none comes last."""
    try:
        fields = orjson.loads(meta or "{}")
    except orjson.JSONDecodeError:
        return _UNDATED
    value = fields.get(field) if isinstance(fields, dict) else None
    return str(value)[:32] if value else _UNDATED


def _index(folder: Path, names: list[str]) -> None:
    """rank: int64 [documents], held-out first, then by source, date, length, id; starts: first tokens."""
    paths = [folder / PIECES / name for name in names]
    heldout, ids = column(paths, "heldout", np.bool_), column(paths, "id", np.bytes_)
    counts = column(paths, "counts")
    order = np.lexsort((ids, -counts, column(paths, "date", np.str_), column(paths, "source"), ~heldout))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    joined_on_disk(folder / "_corpus.npy", paths, "tokens", np.uint32)
    save(
        folder / INDEX,
        ranges=np.array([ranges(sum(len(load_one(folder / FINGERPRINTS / name, "hash")) for name in names))]),
        rank=rank,
        heldout=heldout,
        id=ids,
        starts=np.concatenate([[0], np.cumsum(counts)]),
        offsets=np.cumsum([0, *(len(load_one(path, "counts")) for path in paths)]),
        tokens=np.cumsum([0, *(len(load_one(path, "tokens")) for path in paths)]),
    )
