"""The held-out documents with their tokens, the only part of a corpus that training reads besides blocks.

`tokenize` writes them separately from the token table, so that training and evaluation do not open a table
that grows with the corpus. Rows are in the order of the token table's held-out rows.
"""

from dataclasses import dataclass
from pathlib import Path

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


def read(folder: Path, most: int | None = None) -> Heldout:
    """The held-out documents of a run; tokens stay on disk.

    folder: `heldout` of the step `tokenize`; most: first tokens of a document that `lengths` counts, None
    for all.
    """
    paths = shards(folder, ".arrow")
    table = pa.concat_tables(
        [SCHEMA.empty_table(), *(pa.ipc.open_file(pa.memory_map(str(path))).read_all() for path in paths)]
    )
    lengths = np.concatenate([chunk.value_lengths().to_numpy() for chunk in table["tokens"].chunks])
    return Heldout(
        table["id"].to_numpy().astype(np.str_),
        (lengths if most is None else np.minimum(lengths, most)).astype(np.int64),
        Tokens(folder),
    )
