"""Keeps the documents that break no rule, and says of every other which, with value and bound.

It reads `clean`'s measures and never scores; texts are only copied. A rule that takes more of a
source than `select.warn_share` is named, since it is more often the wrong rule than a bad source.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger
from rewarm.data.select.decide import broken
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile


def run(work: Work) -> Counts:
    """clean → documents and attributes of what stays, and ledger, shard by shard."""
    for table in ("documents", "attributes", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    clean = work.inputs["clean"]
    names = [shard.stem for shard in documents.shards(clean / "documents")]
    units = [(str(clean), name, str(work.folder), work.config) for name in names]
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


def select_shard(clean: str, name: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents and measures to one of what stays."""
    source, target = Path(clean, "documents", f"{name}.parquet"), Path(folder)
    table = pq.read_table(Path(clean, "attributes", f"{name}.parquet"))
    measures = {key: table[key].to_numpy() for key in table.column_names if key != "id"}
    origin = pq.read_table(source, columns=["source"])["source"].to_numpy(zero_copy_only=False)
    reason, value = np.full(len(table), "", object), np.full(len(table), np.nan)
    bound = np.full(len(table), np.nan)
    for one in dict.fromkeys(origin):
        here = np.flatnonzero(origin == one)
        about = config["sources"][one]
        which, rules = broken(
            {key: column[here] for key, column in measures.items()},
            about["language"],
            config["select"],
            about["rules"],
        )
        for number, (rule, measure, limit) in enumerate(rules):
            mine = here[which == number]
            reason[mine], value[mine], bound[mine] = rule, measures[measure][mine], limit
    keep = reason == ""
    parts = []
    start = 0
    with (
        writing(target / "documents" / source.name) as aside,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
    ):
        for batch in pq.ParquetFile(source).iter_batches(batch_size=4096):
            mine = slice(start, start + len(batch))
            start += len(batch)
            writer.write_batch(batch.filter(pa.array(keep[mine])))
            gone = np.flatnonzero(~keep[mine])
            rows = batch.take(pa.array(gone))
            parts.append(
                ledger.table(
                    id=rows["id"], source=rows["source"], origin=rows["origin"], excerpt=rows["text"],
                    step="select", verdict="drop", match="",
                    reason=pa.array(reason[mine][gone], pa.string()),
                    score=pa.array(value[mine][gone]), threshold=pa.array(bound[mine][gone]),
                )
            )  # fmt: skip
    with writing(target / "attributes" / source.name) as aside:
        pq.write_table(table.filter(pa.array(keep)), aside, compression="zstd")
    ledger.write_tables(target / "ledger" / source.name, parts)
    counts: Counts = {"in": len(keep), "documents": int(keep.sum()), "dropped": int((~keep).sum())}
    for one in dict.fromkeys(origin):
        counts[f"in/{one}"] = int((origin == one).sum())
    for rule, one in zip(reason[~keep], origin[~keep], strict=True):
        for key in (f"dropped.{rule}", f"dropped.{rule}/{one}"):
            counts[key] = counts.get(key, 0) + 1
    return counts
