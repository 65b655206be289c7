"""Labels that documents bring along: a row a document that has some, `id` and a column an axis.

What a source says of all its documents is not in this table but in the recipe, so that changing such a label
reads and tokenizes nothing again. Of two steps that write a label of a document, the later one counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.engine.publish import writing

_LONGEST = 200


def write(path: Path, rows: Sequence[tuple[str, Mapping[str, str]]], axes: Sequence[str]) -> None:
    """Write a shard. rows: id, and label by axis."""
    path.parent.mkdir(exist_ok=True)
    schema = pa.schema([("id", pa.string()), *((axis, pa.string()) for axis in axes)])
    with writing(path) as aside:
        pq.write_table(
            pa.Table.from_pylist([{**labels, "id": identity} for identity, labels in rows], schema=schema),
            aside,
        )


def read(folders: Iterable[Path], shard: str, ids: pa.Array) -> dict[str, pa.Array]:
    """Axis → the label of each document, null for one that brings none. ids: string [documents];
    shard: file name of the documents' shard, which all tables share."""
    found: dict[str, pa.Array] = {}
    for folder in folders:
        path = folder / shard
        if path.exists():
            rows = pq.read_table(path).combine_chunks()
            place = pc.index_in(ids, rows["id"].combine_chunks())
            for axis in rows.column_names[1:]:
                own = rows[axis].combine_chunks().take(place)
                found[axis] = pc.coalesce(own, found[axis]) if axis in found else own
    return found


def text_of(value: object) -> str | None:
    """A record's value as a label; None where it is none: missing, empty, long, a list or an object."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = value.strip()
        return value if value and len(value) <= _LONGEST else None
    return str(value) if isinstance(value, int | float) and value == value else None
