"""The held-out documents with their tokens, the only part of a corpus that training reads besides blocks.

`tokenize` writes them separately from the token table, so that training and evaluation do not open a table
that grows with the corpus. Rows are in the order of the token table's held-out rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables.documents import shards
from rewarm.corpus.tables.token_table import Tokens

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("source", pa.string()),
        ("tokens", pa.list_(pa.uint32())),
        ("masked", pa.list_(pa.int32())),
    ]
)


@dataclass(frozen=True)
class Heldout:
    """ids: str [documents]; lengths: int64 [documents], the first tokens of each that are scored; tokens: all
    tokens, by row. Leaves are a table of `mix` (`leaves.of_documents`)."""

    ids: np.ndarray
    lengths: np.ndarray
    tokens: Tokens

    def __len__(self) -> int:
        return len(self.ids)


def rows(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The held-out rows of a batch of the token table."""
    return batch.filter(batch["heldout"]).select(SCHEMA.names)


def read(folder: Path, scored: Mapping[str, Any] | None = None) -> Heldout:
    """The held-out documents of a run; tokens stay on disk.

    folder: `heldout` of the step `tokenize`; scored: what `lengths` counts: `document_tokens`, first tokens
    of a document, and `max_tokens`, of all documents of a source; without a key, or None, all.
    """
    document_tokens, max_tokens = ((scored or {}).get(key) for key in ("document_tokens", "max_tokens"))
    paths = shards(folder, ".arrow")
    table = pa.concat_tables(
        [SCHEMA.empty_table(), *(pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths)]
    )
    lengths = np.concatenate([chunk.value_lengths().to_numpy() for chunk in table["tokens"].chunks])
    lengths = lengths.astype(np.int64)
    if document_tokens is not None:
        lengths = np.minimum(lengths, document_tokens)
    if max_tokens is not None:
        sources = table["source"].to_numpy()
        for source in dict.fromkeys(sources.tolist()):
            mine = sources == source
            lengths[mine] = np.minimum(lengths[mine], common_length(lengths[mine], max_tokens))
    return Heldout(
        table["id"].to_numpy().astype(np.str_),
        lengths,
        Tokens(folder),
    )


def common_length(lengths: np.ndarray, budget: int) -> int:
    """The greatest length to which documents can be cut so that they have at most `budget` tokens together.

    Never below 2: a document of one token has no loss. Every document stays, since an interval rests on their
    number.
    """
    ordered = np.sort(lengths)
    # What all have if every one from this document on is cut to its length.
    before = np.concatenate([[0], np.cumsum(ordered)[:-1]])
    left = np.arange(len(ordered), 0, -1)
    too_long = np.flatnonzero(before + left * ordered > budget)
    if not len(too_long):
        return int(ordered.max(initial=2))
    first = too_long[0]
    return max(2, int((budget - before[first]) // left[first]))
