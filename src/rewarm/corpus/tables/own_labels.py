"""The labels that documents have on an axis before any classifier: their own, else that of their source."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import labels as label_table


@dataclass(frozen=True)
class Labelled:
    """own: object [documents], the label that a document brings or its source gives, None where there is
    none; sources: object [documents]."""

    own: np.ndarray
    sources: np.ndarray

    def missing(self, base: Sequence[str]) -> np.ndarray:
        """bool [documents]: those without a label. Of a base source, a label is never predicted."""
        return np.array([label is None for label in self.own], bool) & ~np.isin(self.sources, list(base))


def of_shard(
    folders: Sequence[Path], shard: str, rows: pa.Table, axis: str, fixed: dict[str, dict[str, Any]]
) -> Labelled:
    """The labels of a shard's documents. rows: id and source; fixed: by source and axis."""
    brought = label_table.read(folders, shard, rows["id"].combine_chunks()).get(axis)
    sources = rows["source"].to_numpy(zero_copy_only=False)
    own = np.array([fixed.get(source, {}).get(axis) for source in sources], object)
    if brought is not None:
        mine = brought.to_numpy(zero_copy_only=False)
        own = np.where(brought.is_valid().to_numpy(zero_copy_only=False), mine, own)
    return Labelled(own, sources)
