"""Blocks of a stage as Megatron's indexed data set, NAME.bin and NAME.idx.

The format (megatron.core.datasets.indexed_dataset): .bin holds tokens and nothing else; .idx holds
the magic, version 1, a code for the tokens' type, the counts of sequences and document borders,
then int32 lengths, int64 positions in bytes, int64 borders; little-endian throughout.

One Megatron document is one whole document, ended by its end token. Megatron strings documents
together, cuts samples where it likes and restarts positions and attention behind each end token,
so our packed sequences would not survive as such, and a part of a document is no document. A
document that was cropped gets an end token it did not have, lest the next one run into it.

What each document is gets spooled to disk while tokens are written, so memory does not grow with the stage.
"""

import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids
from rewarm.engine.progress import progress
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.interop.packed_stage import PackedStage
from rewarm.interop.whole_documents import whole_documents

_MAGIC = b"MMIDIDX\x00\x00"
_CODES = {np.dtype(np.uint16): 8, np.dtype(np.int32): 4}
# Megatron itself takes uint16 for vocabularies below this.
_SMALL = 65_500
_PIECE = 2**16
DOCUMENTS = pa.schema([("id", pa.string()), ("leaf", pa.int32()), ("tokens", pa.int32())])
_SPOOLED = np.dtype([("id", ids.TYPE), ("leaf", "<i4"), ("tokens", "<i4")])


def dtype_of(stage: PackedStage) -> np.dtype:
    """uint16 where the vocabulary fits, else int32."""
    return np.dtype(np.uint16 if len(stage.token_bytes) < _SMALL else np.int32)


def size(stage: PackedStage) -> int:
    """About how many bytes `write` will need on disk; with what is spooled."""
    return stage.tokens * dtype_of(stage).itemsize + stage.segments * (dtype_of(stage).itemsize + 44)


def write(stage: PackedStage, folder: Path, *, learn_masked: bool = False) -> dict[str, int]:
    """NAME.bin, NAME.idx, and NAME.documents.parquet, row i of which says what Megatron's document i is.

    Returns counts: documents, tokens written, ends_added (end tokens of cropped documents), masked
    (tokens that carry loss there although they were to carry none).
    Raises RewarmError when the counts do not reconcile with the blocks, and for masks unless
    `learn_masked`.
    """
    counts = {"documents": 0, "tokens": 0, "ends_added": 0, "masked": 0}
    spool = folder / f"{stage.name}.spool.writing"
    dtype, end = dtype_of(stage), stage.end
    with (
        writing(folder / f"{stage.name}.bin") as aside,
        aside.open("wb", buffering=2**20) as tokens,
        spool.open("wb", buffering=2**20) as notes,
        progress("megatron", total=stage.tokens, unit="tok", scale=True) as bar,
    ):
        closing = np.array([end], dtype=dtype).tobytes()
        for document in whole_documents(stage.blocks, end):
            document.refuse_masks(stage.name, learn_masked)
            length = len(document.tokens) + (not document.ended)
            tokens.write(document.tokens.astype(dtype).tobytes())
            if not document.ended:
                tokens.write(closing)
                counts["ends_added"] += 1
            notes.write(bytes.fromhex(document.document) + struct.pack("<ii", document.leaf, length))
            counts["documents"] += 1
            counts["tokens"] += length
            counts["masked"] += document.masked
            bar.update(len(document.tokens))
    if counts["tokens"] - counts["ends_added"] != stage.tokens:
        raise RewarmError(
            f"{stage.packed}: stage {stage.name} has {stage.tokens:,} tokens by its manifest and "
            f"{counts['tokens'] - counts['ends_added']:,} in its blocks; remove the directory and run again"
        )
    count = counts["documents"]
    rows = (
        np.memmap(spool, dtype=_SPOOLED, mode="r", shape=(count,)) if count else np.empty(0, dtype=_SPOOLED)
    )
    _write_index(folder / f"{stage.name}.idx", rows["tokens"], dtype)
    _write_documents(folder / f"{stage.name}.documents.parquet", rows)
    spool.unlink()
    return counts


def _write_index(path: Path, lengths: np.ndarray, dtype: np.dtype) -> None:
    """Every document is one sequence, so the borders are 0, 1, … documents."""
    documents = len(lengths)
    with writing(path) as aside, aside.open("wb") as file:
        file.write(_MAGIC + struct.pack("<QBQQ", 1, _CODES[dtype], documents, documents + 1))
        for start in range(0, documents, _PIECE):
            file.write(lengths[start : start + _PIECE].tobytes())
        position = 0
        for start in range(0, documents, _PIECE):
            sizes = lengths[start : start + _PIECE].astype("<i8") * dtype.itemsize
            file.write((position + np.cumsum(sizes) - sizes).astype("<i8").tobytes())
            position += int(sizes.sum())
        for start in range(0, documents + 1, _PIECE):
            file.write(np.arange(start, min(start + _PIECE, documents + 1), dtype="<i8").tobytes())


def _write_documents(path: Path, rows: np.ndarray) -> None:
    with writing(path) as aside, pq.ParquetWriter(aside, DOCUMENTS) as writer:
        for start in range(0, len(rows), _PIECE):
            part = rows[start : start + _PIECE]
            columns = [ids.digits(part["id"]), part["leaf"], part["tokens"]]
            writer.write_table(pa.table(dict(zip(DOCUMENTS.names, columns, strict=True)), schema=DOCUMENTS))
