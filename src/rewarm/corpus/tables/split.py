"""The split that `holdout` writes: which documents of a shard are held out, and the rows of the others."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rewarm.corpus.tables import texts


def held_out(split: Path) -> set[str]:
    """IDs of the held-out documents of a shard. split: its file in the table."""
    rows = pq.read_table(split, columns=["id", "heldout"])
    return set(rows.filter(rows["heldout"])["id"].to_pylist())


def training_rows(shard: Path, split: Path, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The documents of a shard that are not held out, in order. columns: `id` among them, None for all."""
    held = held_out(split)
    for batch in texts.batches(shard, columns, 512):
        yield from (row for row in batch.to_pylist() if row["id"] not in held)
