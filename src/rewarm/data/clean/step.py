"""Cleans every shard: repairs the text, measures it, keeps it or says why not."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus import documents, ledger
from rewarm.corpus.ledger import Verdict
from rewarm.corpus.masks import of_rows, to_rows
from rewarm.corpus.publish import writing
from rewarm.corpus.work import Counts, Work, reconcile
from rewarm.data.clean.rules import broken_rule, measure, repair, repair_masked

_ATTRIBUTES = pa.schema(
    [
        ("id", pa.string()),
        ("chars", pa.int64()),
        *((name, pa.float64()) for name in ("symbol_ratio", "letter_ratio", "url_ratio")),
        ("repeated_line_ratio", pa.float64()),
        ("quality", pa.float64()),
    ]
)


def run(work: Work) -> Counts:
    """redact → documents, attributes (of the documents that pass) and ledger, shard by shard."""
    for table in ("documents", "attributes", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.inputs["redact"] / "documents")
    counts = work.map(clean_shard, [(str(shard), str(work.folder), work.config["clean"]) for shard in shards])
    reconcile("clean", "documents", counts["in"], {key: counts[key] for key in ("documents", "dropped")})
    return counts


def clean_shard(shard: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents to one of each output table."""
    source, target = Path(shard), Path(folder)
    verdicts: list[Verdict] = []
    measured: list[dict[str, Any]] = []
    counts: Counts = {"in": 0, "documents": 0, "dropped": 0, "edited": 0}
    rules = {name: limit for name, limit in config.items() if name != "repair_unicode"}
    with (
        writing(target / "documents" / source.name) as aside,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
    ):
        for batch in pq.ParquetFile(source).iter_batches(batch_size=1024):
            kept = []
            for row in batch.to_pylist():
                counts["in"] += 1
                text, spans = row["text"], of_rows(row["masks"])
                if config["repair_unicode"]:
                    text, spans = repair_masked(text, spans) if spans else (repair(text), spans)
                values = measure(text)
                broken = broken_rule(values, rules)

                def verdict(kind: Any, reason: str, row: Any = row, **more: Any) -> Verdict:
                    about = {key: row[key] for key in ("id", "source", "origin")}
                    return Verdict(**about, step="clean", verdict=kind, reason=reason, **more)

                if broken:
                    rule, value, limit = broken
                    more = {"excerpt": text, "score": value, "threshold": limit}
                    verdicts.append(verdict("drop", f"rules.{rule}", **more))
                    counts["dropped"] += 1
                    counts[f"dropped.{rule}"] = counts.get(f"dropped.{rule}", 0) + 1
                    continue
                if text != row["text"]:
                    verdicts.append(verdict("edit", "unicode", excerpt=text))
                    counts["edited"] += 1
                kept.append({**row, "text": text, "masks": to_rows(spans)})
                measured.append({"id": row["id"], **asdict(values)})
            counts["documents"] += len(kept)
            writer.write_table(pa.Table.from_pylist(kept, schema=documents.SCHEMA))
    with writing(target / "attributes" / source.name) as aside:
        pq.write_table(pa.Table.from_pylist(measured, schema=_ATTRIBUTES), aside)
    ledger.write(target / "ledger" / source.name, verdicts)
    return counts
