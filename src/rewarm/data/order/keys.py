"""The key that a curriculum sorts by: tokens, or an attribute that an earlier step wrote."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables import ids
from rewarm.data.order.plan_rows import Rows
from rewarm.engine.work import Work
from rewarm.errors import RewarmError

LENGTH = "length"


def keys(work: Work, rows: Rows, chosen: np.ndarray, name: str, where: str) -> np.ndarray:
    """float64 [chosen], NaN where a document has none. where: the recipe's place, for errors.

    Raises RewarmError for an attribute that no document has, or that is no number.
    """
    if name == LENGTH:
        tokens: np.ndarray = rows.tokens[chosen].astype(np.float64)
        return tokens
    wanted = ids.sortable(rows.ids[chosen])
    found = np.full(len(chosen), np.nan)
    order = np.argsort(wanted)
    sorted_ids = wanted[order]
    others: set[str] = set()
    for path in (
        path for folder in work.tables["attributes"] for path in sorted(Path(folder).glob("*.parquet"))
    ):
        schema = pq.read_schema(path)
        if name not in schema.names:
            others |= {field.name for field in schema if pa.types.is_floating(field.type)}
            continue
        table = pq.read_table(path, columns=["id", name])
        column = table[name].combine_chunks()
        if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
            raise RewarmError(f"{where}: {name} is {column.type}, and a curriculum needs a number")
        own = ids.sortable(ids.of_digits(table["id"]))
        values = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
        first = np.searchsorted(sorted_ids, own, side="left")
        count = np.searchsorted(sorted_ids, own, side="right") - first
        target = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
        found[order[target]] = np.repeat(values, count)
    if len(chosen) and np.isnan(found).all():
        raise RewarmError(
            f"{where}: no document has the attribute {name!r}. There are length, {', '.join(sorted(others))}"
        )
    return found
