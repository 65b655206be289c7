"""The thread between a document and the training steps that used it, both ways."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from rewarm.corpus.tables import documents
from rewarm.corpus.tables.blocks import Blocks, Update, updates
from rewarm.errors import RewarmError
from rewarm.pii import hide
from rewarm.runs import step_tables
from rewarm.runs.step_tables import chosen
from rewarm.runs.tables import DECIDING, ledger_name, step_dir
from rewarm.train.guard import incidents as account
from rewarm.train.guard.words import in_words


def document(run: Path, prefix: str) -> dict[str, Any]:
    """A document's life: origin, verdicts, tokens, the blocks it lies in and the steps it was trained on.

    prefix: enough of its id to be the only one. Raises RewarmError for none or several.
    """
    row = _find(run, prefix)
    life: dict[str, Any] = {
        **{key: row[key] for key in ("id", "source", "origin")},
        "labels": dict(row["labels"]),
        "text": row["text"],
        "heldout": _value(run, "holdout", "split", row["id"], "heldout"),
        "verdicts": [
            verdict for step in ("collect", *DECIDING) for verdict in _verdicts(run, step, row["id"])
        ],
        "trained": [],
    }
    packed = step_dir(run, "pack")
    if packed is None:
        return life
    ids = pq.read_table(packed / "documents.parquet", columns=["id"])["id"].to_numpy(zero_copy_only=False)
    numbers = np.flatnonzero(ids == row["id"])
    if len(numbers):
        life["trained"] = list(_uses(run, packed, int(numbers[0])))
    return life


def step(run: Path, number: int) -> dict[str, Any]:
    """The documents of a training step, in the order of its sequences.

    Raises RewarmError when the run has no such step.
    """
    packed = step_dir(run, "pack")
    plan = _updates(run, packed) if packed else []
    if packed is None or not 0 <= number < len(plan):
        raise RewarmError(f"{run}: has no training step {number}; its steps are 0 to {len(plan) - 1}")
    update = plan[number]
    blocks = Blocks(packed, update.stage)
    ids = pq.read_table(packed / "documents.parquet", columns=["id"])["id"].to_pylist()
    parts = []
    for sequence in update.sequences:
        found = blocks[sequence]
        for which, offset, length in zip(found.documents, found.offsets, found.lengths, strict=True):
            parts.append(
                {"sequence": sequence, "id": ids[which], "first_token": int(offset), "tokens": int(length)}
            )
    rows = _rows(run, {part["id"] for part in parts})
    for part in parts:
        row = rows[part["id"]]
        part.update(source=row["source"], origin=row["origin"], excerpt=" ".join(row["text"].split())[:100])
    return {"step": number, "stage": update.stage, "documents": parts}


def incidents(run: Path) -> list[dict[str, Any]]:
    """What the guard met, in order, of a run that is finished or not; documents with origin and excerpt.

    Raises RewarmError when the run has not begun to train.
    """
    # Beside the one that trains there may be some that were given up.
    partials = sorted((run / "steps").glob("train-*.partial"), key=lambda path: -path.stat().st_mtime)
    folders = [step_dir(run, "train"), *partials]
    folder = next((path for path in folders if path is not None and path.is_dir()), None)
    if folder is None:
        raise RewarmError(f"{run}: has not begun to train; give the folder with run.json")
    found = account.read(folder / "incidents.jsonl")
    rows = _rows(run, {part["id"] for row in found for part in row["documents"]})
    for row in found:
        row["said"] = in_words(row)
        for part in row["documents"]:
            known = rows[part["id"]]
            part.update(
                source=known["source"],
                origin=known["origin"],
                excerpt=" ".join(known["text"].split())[:100],
            )
    return found


def _uses(run: Path, packed: Path, number: int) -> Iterator[dict[str, Any]]:
    for update in _updates(run, packed):
        blocks = Blocks(packed, update.stage)
        for sequence in update.sequences:
            found = blocks[sequence]
            for at in np.flatnonzero(found.documents == number):
                yield {
                    "step": update.step,
                    "stage": update.stage,
                    "block": blocks.file_of(sequence),
                    "sequence": sequence,
                    "first_token": int(found.offsets[at]),
                    "tokens": int(found.lengths[at]),
                }


def _updates(run: Path, packed: Path) -> list[Update]:
    recipe = yaml.safe_load((run / "recipe.yaml").read_text(encoding="utf-8"))
    return updates(packed, recipe["train"]["batch_tokens"])


_SHOWN = ["source", "origin", "labels", "text"]


def _find(run: Path, prefix: str) -> dict[str, Any]:
    """The document as `redact` gave it; one that went no further than `collect` without personal data."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("redact", "collect"):
        step = step_tables.named(run, name)
        for rows in chosen(step, lambda ids: pc.starts_with(ids, prefix), _SHOWN) if step else []:
            for row in rows.to_pylist():
                raw = name == "collect" and row["id"] not in found
                found.setdefault(row["id"], {**row, "text": hide(row["text"])} if raw else row)
    if len(found) != 1:
        seen = ", ".join(list(found)[:5])
        fault = (
            f"is the start of several ids: {seen}; give more of it" if found else "no document has this id"
        )
        raise RewarmError(f"{prefix}: {fault}")
    return next(iter(found.values()))


def _rows(run: Path, ids: set[str]) -> dict[str, dict[str, Any]]:
    redacted = step_tables.named(run, "redact") if ids else None
    wanted = pa.array(sorted(ids), pa.string())
    tables = chosen(redacted, lambda found: pc.is_in(found, wanted), _SHOWN) if redacted else []
    return {row["id"]: row for rows in tables for row in rows.to_pylist()}


def _value(run: Path, step_name: str, table: str, identity: str, column: str) -> Any:
    folder = step_dir(run, step_name)
    for shard in documents.shards(folder / table) if folder else []:
        rows = pq.read_table(shard, filters=[("id", "=", identity)]).to_pylist()
        if rows:
            return rows[0][column]
    return None


def _verdicts(run: Path, step_name: str, identity: str) -> list[dict[str, Any]]:
    folder = step_dir(run, step_name)
    found: list[dict[str, Any]] = []
    ledger = folder / ledger_name(step_name) if folder else None
    # `tokenize` has one only where it lost a shard.
    for shard in documents.shards(ledger) if ledger and ledger.is_dir() else []:
        found += pq.read_table(shard, filters=[("id", "=", identity)]).to_pylist()
    keep = ("step", "verdict", "reason", "score", "threshold", "match")
    return [json.loads(json.dumps({key: row[key] for key in keep})) for row in found]
