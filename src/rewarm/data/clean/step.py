"""Cleans every shard: repairs the text, takes lines out that are no text, and measures what is left.

No document is dropped here. `select` does, by the measures, so that a bound can be changed and
decided anew without reading a text again.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, masks
from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.masks import Spans, chosen, moved, of_rows, to_rows
from rewarm.data.clean import lines
from rewarm.data.clean.counts import measured
from rewarm.data.clean.measures import MEASURES
from rewarm.data.clean.repair import repair, repair_masked, tidied
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

ATTRIBUTES = pa.schema(
    [("id", pa.string()), *((name, pa.float64()) for name in (*MEASURES, "removed_ratio", "quality"))]
)
_READ = ["id", "source", "origin", "text", "masks"]
# What one rule takes out may leave lines beside each other that another one takes.
_PASSES = 8


def run(work: Work) -> Counts:
    """redact → documents, attributes (a row each: every measure) and ledger, shard by shard."""
    for table in ("documents", "attributes", "ledger"):
        (work.folder / table).mkdir(exist_ok=True)
    shards = documents.shards(work.table("documents"))
    units = [(str(shard), str(work.folder), work.config["clean"]) for shard in shards]
    counts = work.map(clean_shard, units, shards=shards)
    reconcile("clean", "documents", counts["in"], {"documents": counts["documents"]})
    return counts


def clean_shard(shard: str, folder: str, config: dict[str, Any]) -> Counts:
    """One shard of documents to one of each output table."""
    source, target = Path(shard), Path(folder)
    verdicts: list[Verdict] = []
    counts: Counts = {"in": 0, "documents": 0, "edited": 0}
    with (
        writing(target / "documents" / source.name) as aside,
        writing(target / "attributes" / source.name) as aside_attributes,
        pq.ParquetWriter(aside, documents.SCHEMA, compression="zstd") as writer,
        pq.ParquetWriter(aside_attributes, ATTRIBUTES, compression="zstd") as attributes,
    ):
        for batch in pq.ParquetFile(source).iter_batches(batch_size=1024):
            rows = batch.select(_READ).to_pylist()
            removed = np.zeros(len(rows))
            for at, row in enumerate(rows):
                counts["in"] += 1
                before, spans = row["text"], of_rows(row["masks"])
                text = before
                if config["repair_unicode"]:
                    text, spans = repair_masked(text, spans) if spans else (repair(text), spans)
                whole, repaired = len(text), text
                text, spans, taken = without_lines(text, spans, config["lines"])
                removed[at] = 1 - len(text) / whole if whole else 0.0
                about = {key: row[key] for key in ("id", "source", "origin")} | {"step": "clean"}
                if repaired != before:
                    verdicts.append(Verdict(**about, verdict="edit", reason="unicode", excerpt=repaired))
                for rule, (number, excerpt) in taken.items():
                    counts[f"lines.{rule}"] = counts.get(f"lines.{rule}", 0) + number
                    verdicts.append(
                        Verdict(
                            **about, verdict="edit", reason=f"lines.{rule}", score=number, excerpt=excerpt
                        )
                    )
                counts["edited"] += text != before
                row["text"], row["masks"] = text, to_rows(spans)
            counts["documents"] += len(rows)
            columns = {name: batch[name] for name in documents.SCHEMA.names}
            columns["text"] = pa.array([row["text"] for row in rows], pa.string())
            columns["masks"] = pa.array([row["masks"] for row in rows], masks.TYPE)
            writer.write_table(pa.table(columns, schema=documents.SCHEMA))
            attributes.write_table(_measured(rows, removed))
    ledger.write(target / "ledger" / source.name, verdicts)
    return counts


def without_lines(
    text: str, spans: Spans, rules: dict[str, bool]
) -> tuple[str, Spans, dict[str, tuple[int, str]]]:
    """The text without the lines that the rules take, its mask spans, and rule → (places, the first)."""
    taken: dict[str, tuple[int, str]] = {}
    for _ in range(_PASSES):
        found = lines.cut(text, rules)
        if not found:
            break
        kept = np.ones(len(text), dtype=bool)
        for start, end, rule in found:
            kept[start:end] = False
            number, excerpt = taken.get(rule, (0, text[start:end].strip()))
            taken[rule] = (number + 1, excerpt)
        left = chosen(text, kept)
        stays = tidied(left)
        text, spans = chosen(left, stays), moved(moved(spans, kept), stays)
    return text, spans, taken


def _measured(rows: list[dict[str, Any]], removed: np.ndarray) -> pa.Table:
    columns = measured([row["text"] for row in rows])
    # Plain prose of some length comes first; a learned score replaces this where a recipe has one.
    quality = (
        columns["letter_ratio"]
        * (1 - columns["symbol_ratio"])
        * (1 - columns["url_ratio"])
        * (1 - columns["dup_line_chars"])
        * (1 - 0.5 * columns["format_ratio"])
        * np.minimum(1.0, columns["chars"] / 400)
    )
    ids = [row["id"] for row in rows]
    return pa.table({"id": ids, **columns, "removed_ratio": removed, "quality": quality}, schema=ATTRIBUTES)
