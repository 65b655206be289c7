"""Numbers the leaves: which combinations of source and labels there are, and which each document belongs to.

A document's label is what a step gave it, else what it brought along (`labels`), else the attribute that
its source names, else what the source says of all. Numbers follow the sources of the recipe, then the
labels; a run that goes on from another's state keeps the numbers of that run and appends its own, so that
sums of both may be added up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rewarm.corpus.tables.leaves import Leaf
from rewarm.errors import RewarmError

Labelled = dict[str, pa.Array]


def labelled(
    names: np.ndarray,
    sources: Sequence[dict[str, Any]],
    axes: Sequence[str],
    own: Labelled,
    attributes: pa.Table,
) -> Labelled:
    """Axis → label of each document, null where it has none; `source` first.

    names: str [documents], their sources; sources: source, labels and attributes of each; own: labels that
    documents bring along; attributes: the columns that sources name, a row a document.
    Raises RewarmError for an attribute that is no text, and an axis that no source declares.
    """
    undeclared = sorted(own.keys() - set(axes))
    if undeclared:
        raise RewarmError(
            f"mix: documents have labels on an axis that no source declares: {', '.join(undeclared)}. Add it "
            "to `labels` of their source"
        )
    of = pc.index_in(pa.array(names, pa.string()), pa.array([one["source"] for one in sources], pa.string()))
    labels: Labelled = {"source": pa.array(names, pa.string())}
    for axis in axes:
        given = pa.array([one["labels"].get(axis) for one in sources], pa.string()).take(of)
        for position, one in enumerate(sources):
            if (column := one["attributes"].get(axis)) is not None:
                mine = pc.equal(of, position)
                given = pc.if_else(mine, pc.coalesce(_text(attributes, column, one["source"]), given), given)
        labels[axis] = pc.coalesce(own[axis], given) if axis in own else given
    return labels


def number(
    documents: Labelled, sources: Sequence[dict[str, Any]], earlier: Sequence[Leaf]
) -> tuple[list[Leaf], np.ndarray]:
    """The leaves, and int32 [documents]: the number of each one's leaf. A source without documents has one
    leaf."""
    axes = list(documents)
    code = np.zeros(len(documents["source"]), dtype=np.int64)
    values: list[list[str | None]] = []
    for axis in axes:
        encoded = documents[axis].dictionary_encode(null_encoding="encode")
        values.append(encoded.dictionary.to_pylist())
        code = code * max(1, len(values[-1])) + encoded.indices.to_numpy()
    distinct, rows = np.unique(code, return_inverse=True)
    seen = []
    for one in distinct.tolist():
        parts: list[str | None] = []
        for column in reversed(values):
            one, place = divmod(one, len(column))
            parts.append(column[place])
        seen.append(tuple(reversed(parts)))
    place_of = {source["source"]: place for place, source in enumerate(sources)}
    with_documents = {one[0] for one in seen}
    empty = [
        (source["source"], *(source["labels"].get(axis) for axis in axes[1:]))
        for source in sources
        if source["source"] not in with_documents
    ]
    combinations = sorted(
        [*seen, *empty],
        key=lambda one: (place_of[str(one[0])], [(value is None, value or "") for value in one[1:]]),
    )
    leaves = list(earlier)
    numbers = {(leaf.source, frozenset(leaf.labels.items())): leaf.number for leaf in earlier}
    for one in combinations:
        labels = {axis: value for axis, value in zip(axes[1:], one[1:], strict=True) if value is not None}
        key = (str(one[0]), frozenset(labels.items()))
        if key not in numbers:
            numbers[key] = len(leaves)
            leaves.append(Leaf(len(leaves), str(one[0]), labels))
    of_seen = [
        numbers[
            str(one[0]),
            frozenset(
                (axis, value) for axis, value in zip(axes[1:], one[1:], strict=True) if value is not None
            ),
        ]
        for one in seen
    ]
    return leaves, np.array(of_seen, dtype=np.int32)[rows.reshape(-1)]


def _text(attributes: pa.Table, column: str, source: str) -> pa.Array:
    if column not in attributes.column_names or pa.types.is_null(attributes.schema.field(column).type):
        raise RewarmError(f"sources.{source}.labels: no step writes the attribute '{column}'")
    values = attributes[column]
    kinds = (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean)
    if not any(kind(values.type) for kind in kinds):
        raise RewarmError(
            f"sources.{source}.labels: the attribute '{column}' is of type {values.type}; a label is a text, "
            "a whole number, or true or false"
        )
    text = values.cast(pa.string())
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
