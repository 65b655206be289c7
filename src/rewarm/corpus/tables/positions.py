"""`positions.parquet`: held-out loss by position in the context, in bins that double.

A model that uses a long context loses less the later a token stands. Bin k holds the tokens with 2^k to
2^(k+1) - 1 tokens before them in their window; bin 0 the second token of a window.
"""

from dataclasses import dataclass
from math import log
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rewarm.engine.publish import writing

BINS = 32
SCHEMA = pa.schema(
    [("first", pa.int64()), ("last", pa.int64()), ("nats", pa.float64()), ("tokens", pa.float64()),
     ("bytes", pa.float64())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bin:
    """first, last: tokens before the scored one; nats, tokens, bytes: sums."""

    first: int
    last: int
    nats: float
    tokens: float
    bytes: float

    @property
    def bits_per_byte(self) -> float:
        """NaN without bytes."""
        return self.nats / self.bytes / log(2) if self.bytes else float("nan")


def add(sums: np.ndarray, values: np.ndarray) -> None:
    """Add a window's tokens to their bins. sums: float64 [BINS, 3]; values: float64 [tokens - 1, 3], of its
    second token and on."""
    before = np.arange(1, len(values) + 1)
    np.add.at(sums, np.floor(np.log2(before)).astype(np.int64), values)


def write(path: Path, sums: np.ndarray) -> None:
    """Write the bins up to the last with tokens. sums: float64 [BINS, 3]."""
    there = np.flatnonzero(sums[:, 1])
    count = int(there[-1]) + 1 if len(there) else 0
    first = 2 ** np.arange(count)
    columns = [first, 2 * first - 1, *(sums[:count, column] for column in range(3))]
    with writing(path) as aside:
        pq.write_table(pa.table(columns, schema=SCHEMA), aside)


def read(path: Path) -> list[Bin]:
    """The bins in order."""
    return [Bin(**row) for row in pq.read_table(path, schema=SCHEMA).to_pylist()]
