"""The step `route`: good documents stay, dirty ones are for the first stage, knowledge in bad text is
rewritten.

It stands between `redact` and `synthesize`, so that its examples and what is rewritten hold no personal
data. Terms are mined from the good training documents of the domain, then every document is measured and
decided. Off, it links the documents.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.data.route.decide import decide
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile
from rewarm.text.domain_terms import mine
from rewarm.text.readability import readable_share

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("route", pa.string()),
        ("readable", pa.float64()),
        ("terms", pa.float64()),
        ("facts", pa.float64()),
    ]
)
# Terms of more documents are hardly others.
_MINED = 2000
_TERMS = "_terms.json"


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
    terms = _terms(work, given, names)
    units = [(str(given / name), str(work.folder), work.config, terms) for name in names]
    counts = work.map(route_shard, units, shards=[given / name for name in names])
    out = {key: counts.get(key, 0) for key in ("documents", "rewrite", "dropped")}
    reconcile("route", "documents", counts.get("in", 0), out)
    return counts


def route_shard(shard: str, folder: str, config: dict[str, Any], terms: frozenset[str]) -> Counts:
    """One shard of documents to one of each output table."""
    source, target = Path(shard), Path(folder)
    settings = config["route"]
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
            for place, row in enumerate(part.rows.to_pylist()):
                counts["in"] += 1
                way, found = decide(row["text"], row["meta"], settings, terms)
                # Single letters and odd marks are no damage in a program.
                way = "documents" if row["source"] in config["code"] else way
                measured.append({"id": row["id"], "route": way, **found})
                stays[place] = way in ("documents", "first_stage")
                counts["documents"] += int(stays[place])
                if way == "rewrite":
                    rewritten.append(row)
                if way != "documents":
                    counts["dropped" if way == "drop" else way] += 1
                    verdicts.append(_verdict(row, way, found["readable"], settings))
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


def _terms(work: Work, given: Path, names: list[str]) -> frozenset[str]:
    """The domain's terms, from its good training documents."""
    path = work.folder / _TERMS
    if not path.exists():
        few: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        for row in _training(given, work.table("split"), names):
            part = few[row["source"] in work.config["domain"]]
            part.append((_key(row["id"], work.config["seed"]), row["text"]))
            if len(part) > 4 * _MINED:
                part.sort()
                del part[2 * _MINED :]
        good = work.config["route"]["good"]

        def chosen(domain: bool) -> Iterator[str]:
            clean = (text for _, text in sorted(few[domain]) if readable_share(text) >= good)
            return (text for _, text in zip(range(_MINED), clean, strict=False))

        with writing(path) as aside:
            aside.write_text(json.dumps(list(mine(chosen(True), chosen(False)).terms)), encoding="utf-8")
    return frozenset(json.loads(path.read_text(encoding="utf-8")))


def _training(given: Path, splits: Path, names: list[str]) -> Iterator[dict[str, Any]]:
    for name in names:
        split = pq.read_table(splits / name, columns=["id", "heldout"])
        held = set(split.filter(split["heldout"])["id"].to_pylist())
        for batch in texts.batches(given / name, ["id", "source", "text"], 512):
            yield from (row for row in batch.to_pylist() if row["id"] not in held)


def _key(identity: str, seed: int) -> str:
    return blake2b(f"route\0{seed}\0{identity}".encode(), digest_size=8).hexdigest()
