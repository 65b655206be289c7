"""The leaves of a run: the distinct combinations of source and labels, by number, and the leaf of each
document.

`mix` numbers them: sources in the order of the recipe, then labels. A run that goes on from another's state
keeps the numbers of that run and appends its own.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rewarm.corpus.tables.documents import shards
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError

SCHEMA = pa.schema([("id", pa.string()), ("leaf", pa.int32())])


@dataclass(frozen=True, slots=True)
class Leaf:
    """A combination of source and labels, by its number in the tables."""

    number: int
    source: str
    labels: dict[str, str]

    def value(self, axis: str) -> str | None:
        """Its channel on an axis; None where it has no label."""
        return self.source if axis == "source" else self.labels.get(axis)


def read(path: Path) -> list[Leaf]:
    """The leaves of `leaves.json`, in order."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Leaf(int(row["leaf"]), row["source"], dict(row["labels"])) for row in rows]


def write(path: Path, leaves: Iterable[Leaf]) -> None:
    """Write `leaves.json`."""
    rows = [{"leaf": (row := asdict(leaf)).pop("number"), **row} for leaf in leaves]
    with writing(path) as aside:
        aside.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


def write_shard(path: Path, ids: pa.Array, leaf: np.ndarray) -> None:
    """Write a shard of `leaf_of`. ids: string [documents]; leaf: int [documents]."""
    path.parent.mkdir(exist_ok=True)
    with writing(path) as aside:
        pq.write_table(pa.table([ids, pa.array(leaf, pa.int32())], schema=SCHEMA), aside)


def of_documents(folder: Path, ids: np.ndarray | pa.Array) -> np.ndarray:
    """int32 [documents]: the leaf of each. folder: `leaf_of` or `heldout_leaf_of` of the step `mix`.

    Raises RewarmError for a document that is not there.
    """
    rows = pa.concat_tables([SCHEMA.empty_table(), *map(pq.read_table, shards(folder))]).combine_chunks()
    place = pc.index_in(pa.array(ids, pa.string()), rows["id"].combine_chunks())
    if place.null_count:
        missing = ids[int(pc.index(place.is_null(), True).as_py())]
        raise RewarmError(
            f"{folder}: document {missing} has no leaf. This is a fault in rewarm: please report it"
        )
    found: np.ndarray = rows["leaf"].combine_chunks().take(place).to_numpy()
    return found


def grouped(leaves: Iterable[Leaf], channel: Callable[[Leaf], str | None]) -> dict[str, list[int]]:
    """Channel → positions in `leaves` of its leaves, in their order. A leaf without a channel is left out."""
    found: dict[str, list[int]] = {}
    for position, leaf in enumerate(leaves):
        if (value := channel(leaf)) is not None:
            found.setdefault(value, []).append(position)
    return found


def channels(leaves: Iterable[Leaf]) -> list[list[int]]:
    """The leaves of every channel of several, over all axes; of equal ones, one."""
    found: dict[tuple[str, str], list[int]] = {}
    for leaf in leaves:
        for axis in ("source", *leaf.labels):
            found.setdefault((axis, leaf.value(axis) or ""), []).append(leaf.number)
    return [list(one) for one in dict.fromkeys(map(tuple, found.values())) if len(one) > 1]


def in_reading_order(axes: Iterable[str]) -> list[str]:
    """Axes without repeats: `task` first, since it says what to learn and what to retain; source last."""
    return sorted(dict.fromkeys(axes), key=lambda axis: {"task": 0, "source": 2}.get(axis, 1))
