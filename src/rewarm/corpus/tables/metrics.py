"""The training log as it lies on disk: lines and parts while training runs, tables when it has ended.

`train/metrics.py` writes it and says why it is laid out so. A reader needs no torch, and the run may go on
meanwhile.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_INT, _FLOAT, _TEXT = pa.int64(), pa.float64(), pa.string()
SCHEMAS = {
    "updates": pa.schema(
        [
            ("update", _INT), ("stage", _TEXT), ("rate", _FLOAT), ("loss", _FLOAT), ("grad_norm", _FLOAT),
            ("tokens", _INT), ("seconds", _FLOAT), ("first_sequence", _INT), ("sequences", _INT),
            ("data_seconds", _FLOAT), ("peak_memory", _INT),
        ]
    ),
    "leaves": pa.schema(
        [("update", _INT), ("leaf", _INT), ("nats", _FLOAT), ("tokens", _FLOAT), ("bytes", _FLOAT)]
    ),
    "retained": pa.schema(
        [
            ("update", _INT), ("source", _TEXT), ("leaf", _INT), ("documents", _INT), ("before", _FLOAT),
            ("now", _FLOAT), ("domain", pa.bool_()),
        ]
    ),
}  # fmt: skip
# A part keeps the leaves of an update beside its row: one file, so one rename moves all of it.
_SUMS = ("leaf", "nats", "tokens", "bytes")
PART = pa.schema(
    [
        *SCHEMAS["updates"],
        *(pa.field(f"leaf_{name}", pa.list_(SCHEMAS["leaves"].field(name).type)) for name in _SUMS),
    ]
)
_LINES = 512  # updates that are read from JSON at one time


def read(folder: Path, name: str) -> pa.Table:
    """The rows so far of a running or a finished training: name is updates, leaves or retained.

    A run that goes on meanwhile is read up to some update. A roll-back meanwhile raises
    FileNotFoundError: read again.
    """
    finished = folder / "metrics" / f"{name}.parquet"
    if finished.exists():
        return _complete(pq.read_table(finished), SCHEMAS[name])
    if name == "retained":
        return pa.Table.from_batches([retained(folder)])
    found = (
        by_leaf(batch) if name == "leaves" else batch.select(SCHEMAS[name].names) for batch in batches(folder)
    )
    return pa.Table.from_batches(found, schema=SCHEMAS[name])


def ends(folder: Path, count: int) -> tuple[int, pa.Table, pa.Table]:
    """The updates logged so far, and the rows of at least the first and last `count` of them: tables
    `updates` and `leaves`. Reads the files at both ends only, so its cost does not grow with the run.

    Raises FileNotFoundError as `read` does.
    """
    finished = folder / "metrics" / "updates.parquet"
    if finished.exists():
        total = int(pq.read_metadata(finished).num_rows)
        wanted = (pc.field("update") < count) | (pc.field("update") >= total - count)
        found = [pq.read_table(folder / "metrics" / f"{name}.parquet", filters=wanted)
                 for name in ("updates", "leaves")]  # fmt: skip
        return total, found[0], found[1]
    unsealed = list(running(folder))
    there = parts(folder)
    used: list[pa.Table] = []
    rows, at = 0, len(there)
    while at and rows < count:
        at -= 1
        used.insert(0, read_part(there[at]))
        rows += used[0].num_rows
    used = [*map(read_part, there[: min(1, at)]), *used]
    done = first_update(there[-1]) + used[-1].num_rows if there else 0
    late = [batch.filter(pc.greater_equal(batch["update"], done)) for batch in unsealed]
    merged = pa.concat_tables([PART.empty_table(), *used, pa.Table.from_batches(late, schema=PART)])
    sums = pa.Table.from_batches(map(by_leaf, merged.to_batches()), schema=SCHEMAS["leaves"])
    return done + sum(batch.num_rows for batch in late), merged.select(SCHEMAS["updates"].names), sums


def batches(folder: Path) -> Iterator[pa.RecordBatch]:
    """Every update once, in order: parts, then the running interval."""
    # Lines first: what is sealed between the two reads is then in both, not in neither.
    unsealed = list(running(folder))
    done = 0
    for part in parts(folder):
        for batch in read_part(part).to_batches():
            done = batch["update"][-1].as_py() + 1
            yield batch
    for batch in unsealed:
        rest = batch.filter(pc.greater_equal(batch["update"], done))
        if rest.num_rows:
            yield rest


def running(folder: Path) -> Iterator[pa.RecordBatch]:
    """The rows of `metrics.jsonl` in the schema of a part."""
    rows: list[dict[str, Any]] = []
    for row in lines(folder / "metrics.jsonl"):
        used = row.pop("leaves")
        for at, name in enumerate(_SUMS):
            row[f"leaf_{name}"] = [sums[at] for sums in used]
        rows.append(row)
        if len(rows) == _LINES:
            yield pa.RecordBatch.from_pylist(rows, schema=PART)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=PART)


def by_leaf(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A row an update and leaf, of the updates of a part."""
    parents = pc.list_parent_indices(batch["leaf_leaf"])
    columns = [pc.list_flatten(batch[f"leaf_{name}"]) for name in _SUMS]
    return pa.RecordBatch.from_arrays([batch["update"].take(parents), *columns], schema=SCHEMAS["leaves"])


def retained(folder: Path) -> pa.RecordBatch:
    """The rows of `retained.jsonl`."""
    return pa.RecordBatch.from_pylist(list(lines(folder / "retained.jsonl")), schema=SCHEMAS["retained"])


def parts(folder: Path) -> list[Path]:
    """The sealed parts, in order."""
    return sorted((folder / "_metrics").glob("*.parquet"))


def first_update(part: Path) -> int:
    """The update that a part begins with."""
    return int(part.stem)


def sealed(folder: Path) -> int:
    """Updates that stand in parts."""
    found = parts(folder)
    return first_update(found[-1]) + int(pq.read_metadata(found[-1]).num_rows) if found else 0


def read_part(part: Path) -> pa.Table:
    """A sealed part; a part is removed or replaced as a whole, so it is read in one go."""
    return _complete(pq.ParquetFile(part).read(), PART)


def _complete(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """With null for columns that an earlier version did not write."""
    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    return table.select(schema.names)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    """Whole lines only: the last may be cut by a crash."""
    if not path.exists():
        return
    with path.open() as file:
        for line in file:
            if line.endswith("}\n"):
                yield json.loads(line)
