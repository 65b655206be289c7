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
        self._chunks = [
            chunk for shard in shards(folder, ".arrow") for chunk in _open(shard)["tokens"].chunks
        ]
        self._masked = [
            chunk for shard in shards(folder, ".arrow") for chunk in _open(shard)["masked"].chunks
        ]
        self._starts = np.cumsum([0, *(len(chunk) for chunk in self._chunks)])
        self._offsets = [chunk.offsets.to_numpy() for chunk in self._chunks]
        self._values = [chunk.values.to_numpy() for chunk in self._chunks]

    def __getitem__(self, document: int) -> np.ndarray:
        """uint32 [tokens] of the document at this row over all shards."""
        chunk, row = self._place(document)
        start, stop = self._offsets[chunk][row : row + 2]
        tokens: np.ndarray = self._values[chunk][start:stop]
        return tokens

    def masked(self, document: int) -> np.ndarray:
        """int32 [2 x ranges]: start, stop of the tokens that carry no loss."""
        chunk, row = self._place(document)
        ranges: np.ndarray = self._masked[chunk][row].values.to_numpy()
        return ranges

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
