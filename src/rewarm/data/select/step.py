"""Keeps the documents that break no rule, and says of every other which, with value and bound.

It reads `clean`'s measures and never scores; texts are read for excerpts alone. A rule that takes more of a
source than `select.warn_share` is named, since it is more often the wrong rule than a bad source.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import attributes, documents, labels, ledger, texts
from rewarm.data.select.decide import broken
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.errors import RewarmError


def run(work: Work) -> Counts:
    """documents, attributes, labels → the documents that stay, and ledger, shard by shard."""
    for table in ("documents", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.table("documents"))
    beside = (work.tables["attributes"], work.tables.get("labels", []))
    _check_attributes(work.config["select"]["attributes"], beside[0], shards)
    units = [(str(shard), beside, str(work.folder), work.config) for shard in shards]
    counts = work.map(select_shard, units, threads=True)
    reconcile("select", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    for name in sorted(counts):
        if name.startswith("dropped.") and name.count("/") == 1:
            rule, source = name.removeprefix("dropped.").split("/")
            share = counts[name] / counts[f"in/{source}"]
            if share > work.config["select"]["warn_share"]:
                print(
                    f"select: {rule} takes {share:.0%} of source {source}; if that is wrong, raise its bound "
                    f"or set `rules` of the source (`rewarm explain` shows the documents)",
                    file=sys.stderr,
                )
    return {name: count for name, count in counts.items() if "/" not in name}


def _check_attributes(bounds: dict[str, Any], folders: list[Path], shards: list[Path]) -> None:
    """Raise RewarmError for a bound on an attribute that no step before wrote."""
    written: set[str] = set()
    for folder in folders:
        for shard in shards:
            if (folder / shard.name).exists():
                written |= {*pq.read_schema(folder / shard.name).names} - {"id"}
                break
    for name in bounds:
        if name not in written:
            raise RewarmError(
                f"select.attributes.{name}: no step before writes this attribute; there are "
                f"{', '.join(sorted(written))}"
            )


def select_shard(
    shard: str, beside: tuple[list[Path], list[Path]], folder: str, config: dict[str, Any]
) -> Counts:
    """One shard of documents to one of what stays. beside: where attributes and labels lie."""
    source, target = Path(shard), Path(folder)
    rows = texts.read(source, ["id", "source"]).combine_chunks()
    ids = rows["id"].combine_chunks()
    table = attributes.columns(beside[0], source.name, ids)
    measures = {
        key: table[key].cast(pa.float64()).to_numpy()
        for key in table.column_names
        if not pa.types.is_string(table.schema.field(key).type)
    }
    origin = rows["source"].to_numpy(zero_copy_only=False)
    language = _languages(origin, labels.read(beside[1], source.name, ids).get("language"), config["sources"])
    reason, value = np.full(len(ids), "", object), np.full(len(ids), np.nan)
    bound = np.full(len(ids), np.nan)
    for one, spoken in dict.fromkeys(zip(origin, language, strict=True)):
        here = np.flatnonzero((origin == one) & (language == spoken))
        about = config["sources"][one]
        which, rules = broken(
            {key: column[here] for key, column in measures.items()},
            spoken or None,
            config["select"],
            about["rules"],
        )
        for number, (rule, measure, limit) in enumerate(rules):
            mine = here[which == number]
            reason[mine], value[mine], bound[mine] = rule, measures[measure][mine], limit
    keep = reason == ""
    parts = []
    start = 0
    with texts.Writer(target, source) as writer:
        for part in texts.parts(source, ["id", "source", "origin", "text", "masks"], 4096):
            mine = slice(start, start + len(part.rows))
            start += len(part.rows)
            writer.add(part, stays=keep[mine])
            gone = np.flatnonzero(~keep[mine])
            rows = part.rows.take(pa.array(gone))
            parts.append(
                ledger.table(
                    id=rows["id"], source=rows["source"], origin=rows["origin"], excerpt=rows["text"],
                    step="select", verdict="drop", match="",
                    reason=pa.array(reason[mine][gone], pa.string()),
                    score=pa.array(value[mine][gone]), threshold=pa.array(bound[mine][gone]),
                )
            )  # fmt: skip
    ledger.write_tables(target / "ledger" / source.name, parts)
    counts: Counts = {"in": len(keep), "documents": int(keep.sum()), "dropped": int((~keep).sum())}
    for one in dict.fromkeys(origin):
        counts[f"in/{one}"] = int((origin == one).sum())
    for rule, one in zip(reason[~keep], origin[~keep], strict=True):
        for key in (f"dropped.{rule}", f"dropped.{rule}/{one}"):
            counts[key] = counts.get(key, 0) + 1
    return counts


def _languages(origin: np.ndarray, own: pa.Array | None, sources: dict[str, dict[str, Any]]) -> np.ndarray:
    """str [documents]: each document's label `language`, its source's where it brings none, or empty."""
    found = np.array([sources[one]["language"] or "" for one in origin], dtype=object)
    if own is not None:
        mine = own.to_numpy(zero_copy_only=False)
        found = np.where(own.is_valid().to_numpy(zero_copy_only=False), mine, found)
    return found
