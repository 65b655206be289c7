"""Cleans every shard: repairs the text, takes lines out that are no text, and measures what is left.

No document is dropped here. `select` does, by the measures, so that a bound can be changed and
decided anew without reading a text again.
"""

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, ledger, masks, texts
from rewarm.corpus.tables.ledger import Verdict
from rewarm.corpus.tables.masks import Spans, chosen, moved, of_rows, to_rows
from rewarm.data.clean import lines
from rewarm.data.clean.counts import measured
from rewarm.data.clean.measures import COLUMNS
from rewarm.data.clean.repair import repair, repair_masked, tidied
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

ATTRIBUTES = pa.schema([("id", pa.string()), *((name, pa.float64()) for name in COLUMNS)])
_READ = ["id", "source", "origin", "text", "masks", "meta"]
# What one rule takes out may leave lines beside each other that another one takes.
_PASSES = 8


def run(work: Work) -> Counts:
    """documents → documents, attributes (a row each: every measure) and ledger, shard by shard."""
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
        texts.Writer(target, source) as writer,
        writing(target / "attributes" / source.name) as aside,
        pq.ParquetWriter(aside, ATTRIBUTES, compression="zstd") as attributes,
    ):
        for part in texts.parts(source, _READ):
            rows = part.rows.to_pylist()
            removed, changed = np.zeros(len(rows)), np.zeros(len(rows), bool)
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
                changed[at] = text != before
                if changed[at]:
                    row["text"], row["masks"] = text, to_rows(spans)
            counts["documents"] += len(rows)
            text_column = pa.array([row["text"] for row in rows], pa.string())
            writer.add(part, text_column, pa.array([row["masks"] for row in rows], masks.TYPE), changed)
            attributes.write_table(_measured(rows, removed, part.rows["meta"].to_pylist()))
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


def _measured(rows: list[dict[str, Any]], removed: np.ndarray, meta: list[str]) -> pa.Table:
    columns = measured([row["text"] for row in rows])
    # Plain prose of some length comes first; a learned score replaces this where a recipe has one.
    quality = (
        columns["letter_ratio"]
        * (1 - columns["symbol_ratio"])
        * (1 - columns["url_ratio"])
        * (1 - columns["dup_line_chars"])
        * (1 - 0.5 * columns["format_ratio"])
        * np.minimum(1.0, columns["chars"] / 400)
        * np.array([_page_quality(one) for one in meta], np.float64)
    )
    ids = [row["id"] for row in rows]
    return pa.table({"id": ids, **columns, "removed_ratio": removed, "quality": quality}, schema=ATTRIBUTES)


def _page_quality(meta: str | None) -> float:
    """How readable the pages of a parsed document are: of a contract as file and as scan, the file is
    preferred. 1 for what has no pages."""
    if not meta or '"page_quality"' not in meta:
        return 1.0
    found = orjson.loads(meta).get("page_quality")
    return float(found) if isinstance(found, int | float) and 0 <= found <= 1 else 1.0
