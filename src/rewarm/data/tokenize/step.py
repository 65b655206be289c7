"""Tokenize every kept document once; a changed mix does not tokenize again.

A document is its text's tokens and the end token; a BOS goes first where the model's tokenizer
adds one. A special token that is spelled out inside a text stays text. Batches go through the Rust
tokenizer, which uses all cores; the next batch is encoded while one is written.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import documents, heldout, texts
from rewarm.data.tokenize.encoder import Encoded, Encoder, encoder
from rewarm.data.tokenize.mask_ranges import Spans, masked_tokens, ranges
from rewarm.engine.publish import writing
from rewarm.engine.work import Counts, Work, reconcile

# Share of the text's bytes; a blank that some tokenizers put first is a byte a document.
_APART = 0.01
# An encoding takes about a hundred bytes per token until its IDs are read.
_BATCH_DOCUMENTS, _BATCH_BYTES = 512, 8_000_000
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("heldout", pa.bool_()),
        ("tokens", pa.list_(pa.uint32())),
        ("bytes", pa.int64()),
        ("masked", pa.list_(pa.int32())),
    ]
)


def run(work: Work) -> Counts:
    """documents, keep, model → tokens/ and heldout/NNNNN.arrow, token_bytes.npy, token_breaks.npy."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    for folder in ("tokens", "heldout"):
        (work.folder / folder).mkdir(exist_ok=True)
    model, end = str(work.table("model")), work.config["tokenize"]["document_end"]
    for name, table in (
        ("token_bytes", encoder(model, end).bytes),
        ("token_breaks", encoder(model, end).breaks),
    ):
        with writing(work.folder / f"{name}.npy") as aside, aside.open("wb") as file:
            np.save(file, table)
    keep = work.table("keep")
    units = [
        (str(shard), str(keep / shard.name), model, str(work.folder), end)
        for shard in documents.shards(work.table("documents"))
    ]
    # One process here: the tokenizer's threads take all cores.
    counts = work.map(tokenize_shard, units, workers=1)
    apart = counts["token_bytes"] - counts["bytes"]
    if abs(apart) > counts["documents"] + _APART * counts["bytes"]:
        print(
            f"tokenize  the tokens stand for {apart:+,} bytes beside the text's {counts['bytes']:,}: bits "
            "per byte count the tokens'; a normaliser changes the text, or please report the model",
            file=sys.stderr,
        )
    reconcile("tokenize", "documents", counts["in"], {key: counts[key] for key in ("documents", "not_kept")})
    return counts


@dataclass(frozen=True)
class _Batch:
    """Kept documents of a shard. rows: the document table's; texts: as Python has them."""

    rows: pa.RecordBatch
    heldout: pa.BooleanArray
    spans: Spans
    texts: list[str]


def tokenize_shard(shard: str, keep: str, model: str, folder: str, document_end: str | None) -> Counts:
    """One shard of tokens and of the held-out table. keep: which of its documents are kept."""
    tokenizer, stem = encoder(model, document_end), Path(shard).stem
    counts: Counts = {
        "in": 0, "documents": 0, "not_kept": 0, "tokens": 0, "bytes": 0, "token_bytes": 0,
        "masked_tokens": 0,
    }  # fmt: skip
    with (
        _writer(Path(folder, "tokens", f"{stem}.arrow"), SCHEMA) as writer,
        _writer(Path(folder, "heldout", f"{stem}.arrow"), heldout.SCHEMA) as heldout_writer,
    ):
        for batch, encoded in _encoded_ahead(tokenizer, _kept(Path(shard), Path(keep), counts)):
            content = batch.rows["text"]
            touched = masked_tokens(tokenizer, content, batch.texts, encoded, batch.spans)
            sizes = pc.binary_length(content).cast(pa.int64())
            columns = [
                batch.rows["id"],
                batch.rows["source"],
                batch.heldout,
                pa.ListArray.from_arrays(pa.array(encoded.offsets), pa.array(encoded.tokens)),
                sizes,
                ranges(touched, encoded),
            ]
            rows = pa.record_batch(columns, schema=SCHEMA)
            writer.write_batch(rows)
            heldout_writer.write_batch(heldout.rows(rows))
            counts["documents"] += len(content)
            counts["tokens"] += len(encoded.tokens)
            counts["bytes"] += pc.sum(sizes).as_py()
            counts["masked_tokens"] += int(touched.sum())
            counts["token_bytes"] += int(tokenizer.bytes[encoded.tokens].sum())
    return counts


@contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatchFileWriter]:
    with (
        writing(path) as aside,
        pa.OSFile(str(aside), "wb") as sink,
        pa.ipc.new_file(sink, schema) as writer,
    ):
        yield writer


def _kept(shard: Path, keep: Path, counts: Counts) -> Iterator[_Batch]:
    """The documents of a shard that are kept, in batches; counts those that are not."""
    keeps = pq.read_table(keep).combine_chunks()
    start = 0
    for read in texts.batches(shard, ["id", "text", "source", "masks"], _BATCH_DOCUMENTS):
        decided = pa.record_batch(keeps.slice(start, len(read)).combine_chunks().to_batches()[0])
        start += len(read)
        counts["in"] += len(read)
        rows, decided = read.filter(decided["keep"]), decided.filter(decided["keep"])
        counts["not_kept"] += len(read) - len(rows)
        for begin, size in _parts(pc.binary_length(rows["text"]).to_numpy()):
            part, about = rows.slice(begin, size), decided.slice(begin, size)
            spans = Spans.of(part["masks"], about["masks"])
            yield _Batch(part, about["heldout"], spans, part["text"].to_pylist())


def _parts(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """(first, documents) of parts of at most `_BATCH_BYTES`, or of one document."""
    begin, total = 0, 0
    for row, size in enumerate(sizes.tolist()):
        if row > begin and total + size > _BATCH_BYTES:
            yield begin, row - begin
            begin, total = row, 0
        total += size
    if begin < len(sizes):
        yield begin, len(sizes) - begin


def _encoded_ahead(tokenizer: Encoder, batches: Iterator[_Batch]) -> Iterator[tuple[_Batch, Encoded]]:
    """Each batch with its tokens; the next one is read and encoded at the same time."""

    def next_one() -> tuple[_Batch, Encoded] | None:
        batch = next(batches, None)
        return (
            None if batch is None else (batch, tokenizer.encode(batch.texts, batch.spans.documents.tolist()))
        )

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(next_one)
        while (done := waiting.result()) is not None:
            waiting = thread.submit(next_one)
            yield done
