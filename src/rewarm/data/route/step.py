"""The step `route`: good documents stay, dirty ones are for the first stage, knowledge in bad text is
rewritten.

It stands between `redact` and `synthesize`, so that its examples and what is rewritten hold no personal
data. The domain's terms and its classifier come from good training documents (`knowledge.py`), then every
document is measured and decided (`decide.py`). Off, it links the documents.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.route import knowledge
from rewarm.data.route.decide import decide
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("route", pa.string()),
        ("readable", pa.float64()),
        ("terms", pa.float64()),
        ("facts", pa.float64()),
        ("domain_score", pa.float64()),
    ]
)


def run(work: Work) -> Counts:
    """redact, holdout → documents that stay, attributes (a row each that came), routed (to be rewritten),
    ledger."""
    given = work.table("documents")
    names = [shard.name for shard in documents.shards(given)]
    for table in ("documents", "attributes", "routed", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    if not work.config["route"]["enabled"]:
        for name in names:
            texts.hand_on(work.folder, given / name)
        total = sum(texts.count(given / name) for name in names)
        return {"in": total, "documents": total}
    knowledge.prepare(work, given, names)
    units = [(str(given / name), str(work.folder), work.config) for name in names]
    counts = work.map(route_shard, units, shards=[given / name for name in names])
    out = {key: counts.get(key, 0) for key in ("documents", "rewrite", "dropped")}
    reconcile("route", "documents", counts.get("in", 0), out)
    return counts


def route_shard(shard: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents to one of each output table."""
    source, target = Path(shard), Path(folder)
    settings = config["route"]
    known = knowledge.read(target)
    counts: Counts = {"in": 0, "documents": 0, "rewrite": 0, "dropped": 0, "first_stage": 0}
    measured: list[dict[str, Any]] = []
    verdicts: list[Verdict] = []
    with (
        texts.Writer(target, source) as kept,
        writing(target / "routed" / source.name) as aside,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as routed,
    ):
        for part in texts.parts(source, size=512):
            stays = np.ones(len(part.rows), bool)
            rewritten: list[dict[str, Any]] = []
            rows = part.rows.to_pylist()
            scores = known.scores([row["text"] for row in rows])
            for place, (row, score) in enumerate(zip(rows, scores, strict=True)):
                counts["in"] += 1
                is_code = row["source"] in config["code"]
                way, found = decide(row["text"], row["meta"], settings, known.terms, score, is_code=is_code)
                measured.append({"id": row["id"], "route": way, **asdict(found)})
                stays[place] = way in ("documents", "first_stage")
                counts["documents"] += int(stays[place])
                if way == "rewrite":
                    rewritten.append(row)
                if way != "documents":
                    counts["dropped" if way == "drop" else way] += 1
                    verdicts.append(_verdict(row, way, found.readable, settings))
            kept.add(part, stays=stays)
            routed.write_table(pa.Table.from_pylist(rewritten, schema=documents.SCHEMA))
    with writing(target / "attributes" / source.name) as aside:
        pq.write_table(pa.Table.from_pylist(measured, schema=SCHEMA), aside, compression="zstd")
    ledger.write(target / "ledger" / source.name, verdicts)
    return counts


def _verdict(row: dict[str, Any], way: str, readable: float, config: dict[str, Any]) -> Verdict:
    """A document that leaves is dropped, whatever becomes of its content; one that stays is routed."""
    return Verdict(
        id=row["id"],
        source=row["source"],
        step="route",
        verdict="route" if way == "first_stage" else "drop",
        reason=f"route.{'unreadable' if way == 'drop' else way}",
        origin=row["origin"],
        excerpt=row["text"],
        score=readable,
        threshold=config["good"] if way == "first_stage" else config["readable"],
    )
