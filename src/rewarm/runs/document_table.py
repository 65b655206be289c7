"""The table of collected documents: where each was dropped and why, one row per document."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, token_table
from rewarm.corpus.tables import ids as document_ids
from rewarm.runs import document_labels, step_tables
from rewarm.runs.step_tables import StepFolder

SCHEMA = pa.schema(
    [
        ("id", pa.string()), ("source", pa.string()), ("origin", pa.string()),
        ("labels", pa.map_(pa.string(), pa.string())), ("heldout", pa.bool_()),
        ("dropped_by", pa.string()), ("reason", pa.string()), ("tokens", pa.int64()),
        ("date", pa.string()), ("date_origin", pa.string()), ("licence", pa.string()),
        ("rights", pa.string()),
    ]
)  # fmt: skip


def table(steps: list[StepFolder], recipe: dict[str, Any]) -> pa.Table:
    """The documents that `collect` gave, in its order. recipe: of the run, resolved.

    heldout: null before the step; dropped_by, reason: the first step that dropped it and its reason, null
    for one that is kept; tokens: null for one that has none (yet); date: `2024`, `2024-03` or `2024-03-05`;
    rights: reserved uses, separated by spaces. These and licence are null where nothing says them.
    """
    named = {step.name: step for step in steps}
    collected = named.get("collect")
    if collected is None:
        return SCHEMA.empty_table()
    parts = [SCHEMA.empty_table().select(SCHEMA.names[:4])]
    for shard in collected.shards():
        rows = step_tables.went_on(collected, shard, ["source", "origin"])
        if rows:
            identities, sources = rows["id"].combine_chunks(), rows["source"].to_pylist()
            found = document_labels.of_shard(steps, recipe, shard, identities, sources)
            labels = pa.array([list(one.items()) for one in found], SCHEMA.field("labels").type)
            parts.append(rows.append_column("labels", labels))
    found = pa.concat_tables(parts)
    ids = found["id"]
    split = _parts(named.get("holdout"), "split", ["id", "heldout"])
    found = found.append_column("heldout", _looked_up(split, ids, "heldout", pa.bool_()))
    drops = _drops(steps)
    for name, column in (("dropped_by", "step"), ("reason", "reason")):
        found = found.append_column(name, _looked_up(drops, ids, column, pa.string()))
    lengths = None
    if "tokenize" in named:
        summary = token_table.summary(named["tokenize"].path / "tokens")
        lengths = pa.table(
            {"id": pa.array(document_ids.digits(summary.ids), pa.string()), "tokens": summary.lengths}
        )
    found = found.append_column("tokens", _looked_up(lengths, ids, "tokens", pa.int64()))
    stated = _stated(collected)
    for name in SCHEMA.names[len(found.column_names) :]:
        found = found.append_column(name, _looked_up(stated, ids, name, pa.string()))
    return found.cast(SCHEMA)


def _stated(collected: StepFolder) -> pa.Table | None:
    """Date, licence and rights of documents, as `collect` found them; None for a run without."""
    from rewarm.corpus.tables.provenance import UNKNOWN  # loads the declarations of steps, and pydantic

    if not (collected.path / "attributes").is_dir():
        return None
    rows = _parts(collected, "attributes", ["id", "date", "date_origin", "licence", "rights"])
    assert rows is not None
    unknown = pc.equal(rows["date"], UNKNOWN)
    dates = pc.if_else(unknown, pa.scalar(None, pa.string()), rows["date"])
    return rows.set_column(rows.column_names.index("date"), "date", dates)


def _drops(steps: list[StepFolder]) -> pa.Table:
    """The first drop of each document: id, step, reason."""
    parts = [
        pq.read_table(shard, columns=["id", "step", "reason"], filters=[("verdict", "=", "drop")])
        for step in steps
        for shard in step.ledgers()
    ]
    empty = pa.schema([(name, pa.string()) for name in ("id", "step", "reason")]).empty_table()
    return pa.concat_tables([empty, *parts])


def _parts(step: StepFolder | None, name: str, columns: list[str]) -> pa.Table | None:
    if step is None:
        return None
    return pa.concat_tables(
        [pq.read_table(shard, columns=columns) for shard in documents.shards(step.path / name)]
    )


def _looked_up(rows: pa.Table | None, ids: pa.ChunkedArray, column: str, kind: pa.DataType) -> pa.Array:
    """The column's value of the first row with each id; null where there is none."""
    if rows is None or not len(rows):
        return pa.nulls(len(ids), kind)
    place = pc.index_in(ids, rows["id"].combine_chunks())
    return rows[column].combine_chunks().take(place.combine_chunks()).cast(kind)
