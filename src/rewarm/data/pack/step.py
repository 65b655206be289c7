"""Packs each stage's documents into sequences and writes them in blocks.

Best fit works on a window of documents at a time, so the order between windows stays. A block
holds about `block_tokens`, is never changed and is what data is appended and quarantined by.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids, token_table
from rewarm.data.pack.best_fit import Segment, pack
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

SCHEMA = pa.schema(
    [
        ("tokens", pa.list_(pa.uint32())),
        ("segment_length", pa.list_(pa.int32())),
        ("segment_leaf", pa.list_(pa.int32())),
        ("segment_document", pa.list_(ids.ARROW)),
        ("segment_offset", pa.list_(pa.int64())),
        ("masked", pa.list_(pa.int32())),
    ]
)


def run(work: Work) -> Counts:
    """plan, tokens → STAGE/NNNNN.arrow, manifest.json."""
    tokens = token_table.Tokens(work.table("tokens"))
    stages: dict[str, Any] = {}
    counts: Counts = {"sequences": 0, "tokens": 0}
    for stage in work.config["stages"]:
        name = stage["name"]
        rows = pq.read_table(work.table("plan") / f"{name}.parquet")
        stages[name] = _pack_stage(work, name, rows, tokens, int(stage["seq_len"]))
        total = int(rows["tokens"].to_numpy().sum())
        reconcile("pack", f"tokens of {name}", total, {"in blocks": stages[name]["tokens"]})
        for what in ("sequences", "tokens"):
            counts[f"{name}.{what}"] = stages[name][what]
            counts[what] += stages[name][what]
    with writing(work.folder / "manifest.json") as aside:
        aside.write_text(json.dumps(stages, indent=1))
    return counts


@dataclass(frozen=True)
class _Rows:
    """A stage's plan. ids: V10; rows: of the token table; leaves: int32; one entry a use of a document."""

    ids: np.ndarray
    rows: np.ndarray
    leaves: np.ndarray


def _pack_stage(
    work: Work, stage: str, plan: pa.Table, tokens: token_table.Tokens, seq_len: int
) -> dict[str, Any]:
    config, seed = work.config["pack"], work.config["seed"]
    folder = work.folder / stage
    folder.mkdir(exist_ok=True)
    identities, lengths = ids.of_digits(plan["id"]), plan["tokens"].to_numpy()
    rows = _Rows(identities, token_table.rows_of(work.table("tokens"), identities), plan["leaf"].to_numpy())
    blocks: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    held = 0
    with progress("pack", total=int(lengths.sum()), unit="tok", scale=True) as bar:
        for start in range(0, len(lengths), config["window"]):
            found = pack(lengths[start : start + config["window"]].tolist(), seq_len)
            # The parts of a long document come out one after another; an update must not be one document.
            for at in _shuffled(found, identities[start : start + config["window"]], seed):
                pending.append(_row(found[at], start, rows, tokens))
                size = len(pending[-1]["tokens"])
                held += size
                bar.update(size)
                if held >= config["block_tokens"]:
                    blocks.append(_write_block(folder, len(blocks), pending, held))
                    pending, held = [], 0
    if pending:
        blocks.append(_write_block(folder, len(blocks), pending, held))
    sequences = sum(block["sequences"] for block in blocks)
    packed = sum(block["tokens"] for block in blocks)
    return {
        "sequences": sequences,
        "tokens": packed,
        "seq_len": seq_len,
        "fill": packed / (sequences * seq_len) if sequences else 0.0,
        "blocks": blocks,
    }


def _shuffled(sequences: list[list[Segment]], identities: np.ndarray, seed: int) -> list[int]:
    """The sequences of a window by a hash of what each begins with. identities: V10, the window's
    documents."""
    firsts = [sequence[0] for sequence in sequences]
    rank = ids.ranks(
        identities[[first.document for first in firsts]],
        "pack",
        seed,
        repeat=np.array([first.start for first in firsts], dtype=np.int64),
    )
    found: list[int] = np.argsort(rank, kind="stable").tolist()
    return found


def _row(sequence: list[Segment], start: int, rows: _Rows, tokens: token_table.Tokens) -> dict[str, Any]:
    at = [start + segment.document for segment in sequence]
    documents = [int(row) for row in rows.rows[at]]
    parts = [
        tokens[document][segment.start : segment.start + segment.length]
        for document, segment in zip(documents, sequence, strict=True)
    ]
    return {
        "tokens": np.concatenate(parts),
        "segment_length": [segment.length for segment in sequence],
        "segment_leaf": rows.leaves[at],
        "segment_document": rows.ids[at].tolist(),
        "segment_offset": [segment.start for segment in sequence],
        "masked": _masked(sequence, documents, tokens),
    }


def _masked(sequence: list[Segment], documents: list[int], tokens: token_table.Tokens) -> np.ndarray:
    """int32 [2 x ranges]: what of the documents' masked tokens lies in this sequence, and where."""
    found = []
    at = 0
    for segment, document in zip(sequence, documents, strict=True):
        ranges = tokens.masked(document)
        if len(ranges):
            inside = np.clip(ranges - segment.start, 0, segment.length).reshape(-1, 2)
            found.append(inside[inside[:, 0] < inside[:, 1]].reshape(-1) + at)
        at += segment.length
    return np.concatenate([*found, np.empty(0, dtype=np.int32)]).astype(np.int32)


def _write_block(folder: Path, number: int, rows: list[dict[str, Any]], tokens: int) -> dict[str, Any]:
    path = folder / f"{number:05}.arrow"
    with writing(path) as aside:
        with pa.OSFile(str(aside), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for start in range(0, len(rows), 1024):
                writer.write_batch(pa.RecordBatch.from_pylist(rows[start : start + 1024], schema=SCHEMA))
        with aside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": f"{folder.name}/{path.name}", "sequences": len(rows), "tokens": tokens, "sha256": digest}
