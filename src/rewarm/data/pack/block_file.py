"""Writes one block from its plan: which part of which document stands where.

A plan is an .npz of arrays, a few dozen bytes per segment, so a block is written from the token table alone,
in any process, and a killed step continues with the first block that is missing.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import ids, token_table
from rewarm.corpus.tables.blocks import SCHEMA
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts

# Sequences of a record batch: some megabytes of tokens.
_BATCH = 1024


def write_plan(path: Path, **columns: np.ndarray) -> None:
    """sizes: int64 [sequences], segments of each; one entry a segment: row (int64, of the token table), id
    (V10), leaf (int32), start (int64), length (int32), joined, last (uint8)."""
    with writing(path) as aside, aside.open("wb") as file:
        np.savez(file, allow_pickle=False, **columns)


def write_block(plan: str, tokens: str, out: str, entry: str) -> Counts:
    """Write a block and its entry of the manifest: file, sequences, tokens, sha256."""
    with np.load(plan) as read:
        columns = {name: read[name] for name in read.files}
    table = token_table.Tokens(Path(tokens))
    sizes = columns.pop("sizes")
    ends = np.concatenate([[0], np.cumsum(sizes)])
    path = Path(out)
    with writing(path) as aside:
        with pa.OSFile(str(aside), "wb") as sink, pa.ipc.new_file(sink, SCHEMA) as writer:
            for first in range(0, len(sizes), _BATCH):
                part = sizes[first : first + _BATCH]
                inside = slice(ends[first], ends[first + len(part)])
                rows = {name: column[inside] for name, column in columns.items()}
                writer.write_batch(_batch(part, rows, table))
        with aside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    total = int(columns["length"].sum())
    found = {
        "file": f"{path.parent.name}/{path.name}",
        "sequences": len(sizes),
        "tokens": total,
        "sha256": digest,
    }
    with writing(Path(entry)) as aside:
        aside.write_text(json.dumps(found))
    return {"tokens": total}


def _batch(sizes: np.ndarray, rows: dict[str, np.ndarray], table: token_table.Tokens) -> pa.RecordBatch:
    """sizes: segments of each sequence; rows: columns of the plan, of these segments."""
    segments = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    edges = np.concatenate([[0], np.cumsum(rows["length"], dtype=np.int64)])
    tokens = table.parts(rows["row"], rows["start"], rows["length"])
    ranges, counts = _masked(rows, edges, segments, table)
    lists = {
        "tokens": (edges[segments].astype(np.int32), pa.array(tokens)),
        "segment_length": (segments, pa.array(rows["length"])),
        "segment_leaf": (segments, pa.array(rows["leaf"])),
        "segment_document": (segments, ids.column(rows["id"])),
        "segment_offset": (segments, pa.array(rows["start"])),
        "segment_joined": (segments, pa.array(rows["joined"])),
        "segment_last": (segments, pa.array(rows["last"])),
        "masked": (np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), pa.array(ranges)),
    }
    columns = [pa.ListArray.from_arrays(pa.array(offsets), values) for offsets, values in lists.values()]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _masked(
    rows: dict[str, np.ndarray], edges: np.ndarray, segments: np.ndarray, table: token_table.Tokens
) -> tuple[np.ndarray, np.ndarray]:
    """What of the documents' masked tokens lies in these sequences, and where: int32 [2 x ranges], start and
    stop in the sequence; int64 [sequences], how many of these numbers are of each."""
    found: list[np.ndarray] = []
    counts = np.zeros(len(segments) - 1, dtype=np.int64)
    for at in np.flatnonzero(table.has_masked(rows["row"])).tolist():
        sequence = int(np.searchsorted(segments, at, side="right")) - 1
        begin = int(edges[at] - edges[segments[sequence]])
        inside = np.clip(table.masked(int(rows["row"][at])) - rows["start"][at], 0, rows["length"][at])
        pairs = inside.reshape(-1, 2)
        kept = pairs[pairs[:, 0] < pairs[:, 1]].reshape(-1) + begin
        found.append(kept)
        counts[sequence] += len(kept)
    return np.concatenate([np.empty(0, np.int32), *found]).astype(np.int32), counts
