"""Numbers the leaves: which combinations of source and labels there are, and which each document belongs to.

Labels are those of `corpus/labelled.py`. Numbers follow the sources of the recipe, then the
labels; a run that goes on from another's state keeps the numbers of that run and appends its own, so that
sums of both may be added up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewarm.corpus.labelled import Labelled
from rewarm.corpus.tables.leaves import Leaf


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
