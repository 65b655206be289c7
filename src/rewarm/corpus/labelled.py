"""Labels of documents on every axis: what a step gave, else what they brought along, else what their source
says."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
