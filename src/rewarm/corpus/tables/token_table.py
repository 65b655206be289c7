"""Reads the token table: columns for planning, token arrays by document, memory-mapped."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.documents import shards


@dataclass(frozen=True)
class Summary:
    """One entry a document, over all shards in order. shards: (file name, documents) of each; ids: V10;
    sources: one str each, an object array; lengths, bytes: int64."""

    shards: list[tuple[str, int]]
    ids: np.ndarray
    sources: np.ndarray
    heldout: np.ndarray
    lengths: np.ndarray
    bytes: np.ndarray


def summary(folder: Path) -> Summary:
    """Everything but the tokens."""
    paths = shards(folder, ".arrow")
    tables = [_open(shard) for shard in paths]

    def column(name: str) -> np.ndarray:
        return np.concatenate([table[name].to_numpy(zero_copy_only=False) for table in tables])

    lengths = [chunk.value_lengths() for table in tables for chunk in table["tokens"].chunks]
    return Summary(
        shards=[
            (path.with_suffix(".parquet").name, len(table)) for path, table in zip(paths, tables, strict=True)
        ],
        ids=np.concatenate([ids.of_digits(table["id"]) for table in tables]),
        sources=column("source"),
        heldout=column("heldout").astype(bool),
        lengths=np.concatenate([part.to_numpy() for part in lengths]).astype(np.int64)
        if lengths
        else np.empty(0, dtype=np.int64),
        bytes=column("bytes"),
    )


def rows_of(folder: Path, wanted: np.ndarray) -> np.ndarray:
    """int64 [documents]: rows over all shards of the documents with these IDs (V10).

    Raises KeyError for one without tokens.
    """
    own = [ids.of_digits(_open(shard)["id"]) for shard in shards(folder, ".arrow")]
    known, keys = ids.sortable(np.concatenate([*own, np.empty(0, ids.TYPE)])), ids.sortable(wanted)
    if not len(keys):
        return np.empty(0, dtype=np.int64)
    order = np.argsort(known)
    found = order[np.minimum(np.searchsorted(known, keys, sorter=order), len(known) - 1)]
    missing = np.flatnonzero(known[found] != keys)
    if len(missing):
        raise KeyError(keys[missing[0]].decode())
    return found


class Tokens:
    """Token arrays by document number, without reading more than is asked for."""

    def __init__(self, folder: Path) -> None:
        tables = [_open(shard) for shard in shards(folder, ".arrow")]
        chunks = [chunk for table in tables for chunk in table["tokens"].chunks]
        masked = [chunk for table in tables for chunk in table["masked"].chunks]
        self._starts = np.cumsum([0, *(len(chunk) for chunk in chunks)])
        self._offsets = [chunk.offsets.to_numpy() for chunk in chunks]
        self._values = [chunk.values.to_numpy() for chunk in chunks]
        self._masked_offsets = [chunk.offsets.to_numpy() for chunk in masked]
        self._masked_values = [chunk.values.to_numpy() for chunk in masked]

    def __getitem__(self, document: int) -> np.ndarray:
        """uint32 [tokens] of the document at this row over all shards."""
        chunk, row = self._place(document)
        start, stop = self._offsets[chunk][row : row + 2]
        tokens: np.ndarray = self._values[chunk][start:stop]
        return tokens

    def lengths(self, documents: np.ndarray) -> np.ndarray:
        """int64 [documents]: tokens of each. documents: int64, rows over all shards."""
        chunks = np.searchsorted(self._starts, documents, side="right") - 1
        rows = documents - self._starts[chunks]
        found = np.empty(len(documents), dtype=np.int64)
        for chunk in np.unique(chunks).tolist():
            inside = np.flatnonzero(chunks == chunk)
            offsets = self._offsets[chunk]
            found[inside] = offsets[rows[inside] + 1] - offsets[rows[inside]]
        return found

    def parts(self, documents: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """uint32 [sum of lengths]: parts of documents, one after the other.

        documents: int64, rows over all shards; starts, lengths: tokens of each. Raises ValueError for a part
        that its document does not have.
        """
        found = np.empty(int(lengths.sum()), dtype=np.uint32)
        chunks = np.searchsorted(self._starts, documents, side="right") - 1
        rows = documents - self._starts[chunks]
        at = 0
        for chunk, row, start, length in zip(
            chunks.tolist(), rows.tolist(), starts.tolist(), lengths.tolist(), strict=True
        ):
            offsets = self._offsets[chunk]
            first = offsets[row] + start
            if first + length > offsets[row + 1]:
                raise ValueError(f"row {row}: has no tokens {start} to {start + length}")
            found[at : at + length] = self._values[chunk][first : first + length]
            at += length
        return found

    def masked(self, document: int) -> np.ndarray:
        """int32 [2 x ranges]: start, stop of the tokens that carry no loss."""
        chunk, row = self._place(document)
        start, stop = self._masked_offsets[chunk][row : row + 2]
        ranges: np.ndarray = self._masked_values[chunk][start:stop]
        return ranges

    def has_masked(self, documents: np.ndarray) -> np.ndarray:
        """bool [documents]: which have tokens that carry no loss. documents: int64, rows over all shards."""
        chunks = np.searchsorted(self._starts, documents, side="right") - 1
        rows = documents - self._starts[chunks]
        found = np.zeros(len(documents), dtype=bool)
        for chunk in np.unique(chunks).tolist():
            inside = chunks == chunk
            offsets = self._masked_offsets[chunk]
            if offsets[0] != offsets[-1]:
                found[inside] = offsets[rows[inside] + 1] > offsets[rows[inside]]
        return found

    def weights(self, document: int) -> np.ndarray:
        """float32 [tokens]: 0 where a token carries no loss, else 1."""
        weights = np.ones(len(self[document]), dtype=np.float32)
        for start, stop in self.masked(document).reshape(-1, 2):
            weights[start:stop] = 0
        return weights

    def _place(self, document: int) -> tuple[int, int]:
        chunk = int(np.searchsorted(self._starts, document, side="right")) - 1
        return chunk, int(document - self._starts[chunk])


@cache
def _open(shard: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(shard))).read_all()
