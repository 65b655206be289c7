"""Writes what became of every document of a shard: keep, ledger, clusters; by columns, not by rows."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.arrays import load
from rewarm.corpus.tables import ledger, texts
from rewarm.data.dedupe.excerpts import load_excerpts
from rewarm.data.dedupe.tables import CLUSTERS as NEAR
from rewarm.data.dedupe.tables import INDEX, SIGNATURES, TOKENS
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts

CLUSTERS = pa.schema([("id", pa.string()), ("cluster", pa.string()), ("similarity", pa.float64())])
_REASONS = np.array(["", "exact", "exact_heldout", "near_heldout", "near_duplicate", "near_base"])


def decide_shard(shard: str, position: int, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of `phrases/documents` to one of keep, ledger and clusters.

    A cluster is named after the document that is kept; a table of it has the kept one, with
    similarity 1, and those that were dropped for it.
    """
    source = Path(shard)
    index, clusters = load(Path(folder, INDEX)), load(Path(folder, NEAR))
    offsets, original, heldout, ids = (index[name] for name in ("offsets", "original", "heldout", "id"))
    held = index["held"]
    clustered, stands, likeness = clusters["document"], clusters["stands"], clusters["similarity"]
    signed = load(Path(folder, SIGNATURES, source.stem))
    owner, share = signed["owner"], signed["share"]
    rows = np.arange(offsets[position], offsets[position + 1])
    reason = np.zeros(len(rows), np.int8)
    match, score = rows.copy(), np.full(len(rows), np.nan)
    limit = np.full(len(rows), np.nan)

    copied = owner >= 0
    reason[copied], limit[copied], score[copied] = 3, config["heldout_overlap"], share[copied]
    match[copied] = held[owner[copied]] if len(held) else 0

    equal = original[rows] != rows
    reason[equal] = np.where(heldout[original[rows]] & ~heldout[rows], 2, 1)[equal]
    match[equal], score[equal], limit[equal] = original[rows][equal], np.nan, np.nan

    mine = slice(*np.searchsorted(clustered, [offsets[position], offsets[position + 1]]))
    members, leaders = clustered[mine], clusters["match"][mine]
    fell = stands[mine] != members
    place = members[fell] - offsets[position]
    matched = ids[match].astype(np.promote_types(ids.dtype, leaders.dtype))
    reason[place], matched[place] = np.where(stands[mine][fell] < 0, 5, 4), leaders[fell]
    score[place], limit[place] = likeness[mine][fell], config["near"]["threshold"]

    with writing(Path(folder, "keep", source.name)) as aside:
        names_here = pa.array(ids[rows].astype(np.str_), pa.string())
        pq.write_table(pa.table({"id": names_here, "keep": reason == 0, "heldout": heldout[rows]}), aside)
    with writing(Path(folder, "clusters", source.name)) as aside:
        columns = [pa.array(names.astype(np.str_), pa.string()) for names in (ids[members], leaders)]
        pq.write_table(pa.table([*columns, likeness[mine]], schema=CLUSTERS), aside)
    excerpts = load_excerpts(Path(folder, TOKENS, source.stem))
    _write_ledger(source, Path(folder, "ledger", source.name), excerpts, reason, matched, score, limit)

    dropped = int((reason != 0).sum())
    counts: Counts = {"in": len(rows), "documents": len(rows) - dropped, "dropped": dropped}
    counts["heldout"] = int((heldout[rows] & (reason == 0)).sum())
    for code in np.unique(reason[reason != 0]):
        counts[f"dropped.{_REASONS[code]}"] = int((reason == code).sum())
    return counts


def _write_ledger(
    shard: Path,
    target: Path,
    excerpts: pa.Array,
    reason: np.ndarray,
    match: np.ndarray,
    score: np.ndarray,
    limit: np.ndarray,
) -> None:
    """The dropped rows of a shard as a ledger."""
    chosen = np.flatnonzero(reason)
    rows = texts.read(shard, ["id", "source", "origin"]).take(chosen)
    table = ledger.table(
        id=rows["id"],
        source=rows["source"],
        origin=rows["origin"],
        excerpt=excerpts.take(pa.array(chosen)),
        step="dedupe",
        verdict="drop",
        reason=pa.array(_REASONS[reason[chosen]], pa.string()),
        match=pa.array(match[chosen].astype(np.str_), pa.string()),
        score=pa.array(score[chosen], from_pandas=True),
        threshold=pa.array(limit[chosen], from_pandas=True),
    )
    ledger.write_tables(target, [table])
