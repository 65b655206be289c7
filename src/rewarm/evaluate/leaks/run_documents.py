"""The documents of a run for leak detection: as collected, as trained on, and what happened between."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids, masks
from rewarm.corpus.tables.blocks import Blocks
from rewarm.errors import RewarmError
from rewarm.runs import step_tables
from rewarm.runs.run import Run


@dataclass(frozen=True)
class Shard:
    """Some documents. texts: string; masks: characters without loss; raw: whether personal data are in it."""

    ids: list[str]
    sources: list[str]
    origins: list[str]
    texts: pa.ChunkedArray
    masks: list[masks.Spans]
    raw: bool


def collected(run: Run) -> Iterator[Shard]:
    """All documents, as the last step gave them that drops none for its content.

    Raises RewarmError for a run that has collected nothing yet.
    """
    name = next((name for name in ("synthesize", "redact", "collect") if name in run.steps), None)
    if name is None:
        raise RewarmError(f"{run.path}: has no documents yet; `rewarm run` it until `redact` at least")
    for shard in run.steps[name].shards():
        rows = step_tables.went_on(run.steps[name], shard, ["source", "origin", "text"])
        if rows is not None and len(rows):
            yield _shard(rows, [[] for _ in range(len(rows))], raw=name == "collect")


def trained(run: Run, wanted: set[str]) -> Iterator[Shard]:
    """Those of some documents that went to `tokenize`, as they were then."""
    step = run.steps.get("tokenize")
    if step is None or not wanted:
        return
    chosen = pa.array(sorted(wanted), pa.string())
    makers = [before for before in step.inputs if (before.path / "documents").is_dir()]
    for shard in makers[-1].shards():
        rows = step_tables.came_in(step, shard, ["source", "origin", "text", "masks"])
        rows = rows.filter(pc.is_in(rows["id"], chosen)) if rows is not None else None
        if rows is None or not len(rows):
            continue
        spans = [masks.of_rows(row) for row in rows["masks"].to_pylist()]
        place = {identity: number for number, identity in enumerate(rows["id"].to_pylist())}
        for before in step.inputs:
            found = step_tables.shown_masks(before, shard)
            for row in found.to_pylist() if found is not None else []:
                if row["id"] in place:
                    spans[place[row["id"]]] = masks.merged(
                        [*spans[place[row["id"]]], *masks.of_rows(row["masks"])]
                    )
        yield _shard(rows, spans, raw=False)


def dropped(run: Run, wanted: set[str]) -> dict[str, str]:
    """Step and reason of the first drop of each document that was dropped."""
    found: dict[str, str] = {}
    for step in run.steps.values():
        for ledger in step.ledgers():
            rows = pq.read_table(ledger, columns=["id", "step", "reason"], filters=[("verdict", "=", "drop")])
            for row in rows.to_pylist():
                if row["id"] in wanted:
                    found.setdefault(row["id"], f"{row['step']}: {row['reason']}")
    return found


def held_out(run: Run, wanted: set[str]) -> set[str]:
    """Those of some documents that were held out."""
    step = run.steps.get("holdout")
    folder = step.path / "split" if step else None
    found: set[str] = set()
    for shard in sorted(folder.glob("*.parquet")) if folder else []:
        rows = pq.read_table(shard, columns=["id", "heldout"])
        found.update(set(rows.filter(rows["heldout"])["id"].to_pylist()) & wanted)
    return found


def updates(run: Run, wanted: set[str]) -> dict[str, int] | None:
    """In how many updates of the plan each document stands; None before `pack`."""
    step = run.steps.get("pack")
    if step is None:
        return None
    chosen = ids.of_digits(sorted(wanted))
    stages = {stage: Blocks(step.path, stage) for stage in {update.stage for update in run.plan}}
    found: dict[str, int] = {}
    for update in run.plan if wanted else []:
        documents = [stages[update.stage][sequence].documents for sequence in update.sequences]
        held = np.concatenate(documents) if documents else chosen[:0]
        for identity in set(ids.digits(held[np.isin(held, chosen)])):
            found[identity] = found.get(identity, 0) + 1
    return found


def _shard(rows: pa.Table, spans: list[masks.Spans], raw: bool) -> Shard:
    identities, sources, origins = (rows[name].to_pylist() for name in ("id", "source", "origin"))
    return Shard(identities, sources, origins, rows["text"], spans, raw)
