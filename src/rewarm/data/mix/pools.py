"""Which documents each entry of a stage's mix may draw."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rewarm.corpus.tables.leaves import Leaf
from rewarm.corpus.tables.token_table import Summary
from rewarm.data.mix.shares import best
from rewarm.errors import RewarmError

_SHOWN = 12


def selected(
    stage: dict[str, Any],
    selectors: Mapping[str, Mapping[str, str]],
    leaves: Sequence[Leaf],
    leaf: np.ndarray,
) -> dict[str, list[int]]:
    """Entry of the mix → numbers of its leaves.

    leaf: int [documents]. Raises RewarmError for an entry that selects none, with the values that there
    are, and for two that select one leaf.
    """
    leaves_of: dict[str, list[int]] = {}
    owner: dict[int, str] = {}
    for entry in stage["mix"]:
        wanted = selectors[entry]
        leaves_of[entry] = [
            one.number for one in leaves if all(one.value(axis) == value for axis, value in wanted.items())
        ]
        if not leaves_of[entry]:
            raise RewarmError(
                f"stages.{stage['name']}.mix: no document is {entry}; {_values(wanted, leaves, leaf)}"
            )
        for number in leaves_of[entry]:
            if number in owner:
                one = leaves[number]
                labels = ", ".join(f"{axis}: {value}" for axis, value in one.labels.items())
                raise RewarmError(
                    f"stages.{stage['name']}.mix: {owner[number]} and {entry} both select documents of "
                    f"{one.source} ({labels or 'no labels'}); a document may belong to one entry of a mix"
                )
            owner[number] = entry
    return leaves_of


def pools(
    stage: dict[str, Any],
    chosen: Mapping[str, Sequence[int]],
    table: Summary,
    leaf: np.ndarray,
    open_to: np.ndarray,
    quality: np.ndarray,
    ties: np.ndarray,
) -> dict[str, np.ndarray]:
    """Entry → rows of the documents that the stage may draw.

    leaf: int [documents]; open_to: bool [documents], those that this stage may have; quality: float64
    [documents]; ties: uint64 [documents], which of equal quality come first. Raises RewarmError for an
    entry without documents.
    """
    pool_of: dict[str, np.ndarray] = {}
    empty = []
    for entry, share in stage["mix"].items():
        pool = np.flatnonzero(~table.heldout & open_to & np.isin(leaf, chosen[entry]))
        if share > 0 and not table.lengths[pool].sum():
            empty.append(entry)
        pool_of[entry] = pool[best(quality[pool], table.lengths[pool], stage["best"], ties[pool])]
    if empty:
        raise RewarmError(
            f"stages.{stage['name']}.mix: no training documents left of {', '.join(empty)}; see the "
            "funnel for what dropped them, or take the entry out of the mix"
        )
    return pool_of


def _values(wanted: Mapping[str, str], leaves: Sequence[Leaf], leaf: np.ndarray) -> str:
    """The values found on each axis that an entry names, with their documents."""
    documents = np.bincount(leaf, minlength=len(leaves))
    sentences = []
    for axis in wanted:
        counts: Counter[str] = Counter()
        for one in leaves:
            counts[one.value(axis) or "not labelled"] += int(documents[one.number])
        values = [f"{value} ({count:,})" for value, count in counts.most_common(_SHOWN)]
        more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
        sentences.append(f"documents by {axis}: {', '.join(values)}{more}")
    return "; ".join(sentences)
