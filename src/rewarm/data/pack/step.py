"""Packs each stage's documents into sequences and writes them in blocks.

Best fit works on a window of documents at a time, so the order between windows stays. A block
holds about `block_tokens`, is never changed and is what data is appended and quarantined by.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import token_table
from rewarm.data.pack.best_fit import Segment, pack
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

SCHEMA = pa.schema(
    [
        ("tokens", pa.list_(pa.uint32())),
        ("segment_length", pa.list_(pa.int32())),
        ("segment_leaf", pa.list_(pa.int32())),
        ("segment_document", pa.list_(pa.int32())),
        ("segment_offset", pa.list_(pa.int64())),
        ("masked", pa.list_(pa.int32())),
    ]
)

_STREAM = 3


def run(work: Work) -> Counts:
    """plan, tokens → STAGE/NNNNN.arrow, documents.parquet, manifest.json."""
    tokens = token_table.Tokens(work.table("tokens"))
    stages: dict[str, Any] = {}
    counts: Counts = {"sequences": 0, "tokens": 0}
    orders = {
        stage["name"]: pq.read_table(work.table("plan") / f"{stage['name']}.parquet")
        for stage in work.config["stages"]
    }
    seq_lens = {stage["name"]: int(stage["seq_len"]) for stage in work.config["stages"]}
    used = np.unique(np.concatenate([rows["document"].to_numpy() for rows in orders.values()]))
    _write_documents(work, used)
    for stage, rows in orders.items():
        stages[stage] = _pack_stage(work, stage, rows, tokens, used, seq_lens[stage])
        total = int(rows["tokens"].to_numpy().sum())
        reconcile("pack", f"tokens of {stage}", total, {"in blocks": stages[stage]["tokens"]})
        for what in ("sequences", "tokens"):
            counts[f"{stage}.{what}"] = stages[stage][what]
            counts[what] += stages[stage][what]
    with writing(work.folder / "manifest.json") as aside:
        aside.write_text(json.dumps(stages, indent=1))
    return counts


def _write_documents(work: Work, used: np.ndarray) -> None:
    table = token_table.summary(work.table("tokens"))
    rows = pa.table({"document": used, "id": table.ids[used], "leaf": table.leaves[used]})
    with writing(work.folder / "documents.parquet") as aside:
        pq.write_table(rows, aside)


def _pack_stage(
    work: Work, stage: str, rows: pa.Table, tokens: token_table.Tokens, used: np.ndarray, seq_len: int
) -> dict[str, Any]:
    config, seed = work.config["pack"], work.config["seed"]
    folder = work.folder / stage
    folder.mkdir(exist_ok=True)
    documents, lengths = rows["document"].to_numpy(), rows["tokens"].to_numpy()
    leaves, numbers = rows["leaf"].to_numpy(), np.searchsorted(used, rows["document"].to_numpy())
    blocks: list[dict[str, Any]] = []
    pending: list[dict[str, Any]] = []
    held = 0
    with progress("pack", total=int(lengths.sum()), unit="tok", scale=True) as bar:
        for start in range(0, len(documents), config["window"]):
            found = pack(lengths[start : start + config["window"]].tolist(), seq_len)
            # The parts of a long document come out one after another; an update must not be one document.
            for at in np.random.default_rng([_STREAM, seed, start]).permutation(len(found)):
                pending.append(_row(found[at], start, documents, leaves, numbers, tokens))
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


def _row(
    sequence: list[Segment],
    start: int,
    documents: np.ndarray,
    leaves: np.ndarray,
    numbers: np.ndarray,
    tokens: token_table.Tokens,
) -> dict[str, Any]:
    at = [start + segment.document for segment in sequence]
    parts = [
        tokens[int(documents[row])][segment.start : segment.start + segment.length]
        for row, segment in zip(at, sequence, strict=True)
    ]
    return {
        "tokens": np.concatenate(parts),
        "segment_length": [segment.length for segment in sequence],
        "segment_leaf": leaves[at],
        "segment_document": numbers[at].astype(np.int32),
        "segment_offset": [segment.start for segment in sequence],
        "masked": _masked(sequence, [int(documents[row]) for row in at], tokens),
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
