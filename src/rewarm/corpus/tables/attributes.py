"""Attributes: named columns joined to documents by id. Any step may write one, any later step may read it.

A step writes `attributes/SHARD.parquet`: `id` and its columns. A reader gets the columns it asks for,
in the order of its own documents, whichever step wrote them and in whatever row order.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def columns(
    folders: Iterable[Path], shard: str, ids: pa.Array, names: Sequence[str] | None = None
) -> pa.Table:
    """The columns for these documents; null where a step wrote none about one.

    folders: `attributes` of the steps that wrote some; shard: file name of the documents' shard; ids: string
    [documents]; names: None means all. A column that no step wrote for this shard is null throughout.
    """
    found: dict[str, pa.ChunkedArray | pa.Array] = {}
    for folder in folders:
        path = folder / shard
        if not path.exists():
            continue
        written = [name for name in pq.read_schema(path).names if name != "id"]
        wanted = [name for name in written if names is None or name in names]
        if wanted:
            rows = pq.read_table(path, columns=["id", *wanted])
            if not rows["id"].combine_chunks().equals(ids):
                rows = rows.take(pc.index_in(ids, rows["id"].combine_chunks()))
            found |= {name: rows[name] for name in wanted}
    for name in names or ():
        found.setdefault(name, pa.nulls(len(ids)))
    return pa.table(found)


def quality(folders: Iterable[Path], shard: str, ids: pa.Array) -> np.ndarray:
    """float64 [documents]: what `annotate.quality` chose, else what `clean` measured; NaN without either."""
    found = columns(folders, shard, ids, ["quality", "judged_quality"])
    plain, judged = (found[name].cast(pa.float64()) for name in ("quality", "judged_quality"))
    values: np.ndarray = pc.coalesce(judged, plain).to_numpy().astype(np.float64)
    return values


def numbers(folders: Iterable[Path], shard: str, ids: pa.Array, name: str) -> np.ndarray:
    """float64 [documents]: one attribute, NaN where there is none."""
    column = columns(folders, shard, ids, [name])[name]
    found: np.ndarray = column.cast(pa.float64()).to_numpy().astype(np.float64)
    return found
