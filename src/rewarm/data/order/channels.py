"""Which order each document of a stage takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rewarm.corpus.tables.leaves import Leaf
from rewarm.errors import RewarmError

WHOLE = "all"
"""The name of the stage's own order, in counts."""


def orderings(
    stage: str, order: dict[str, Any], selectors: Mapping[str, Mapping[str, str]], leaves: Sequence[Leaf]
) -> dict[str, tuple[dict[str, Any], list[int]]]:
    """Channel → its order and the numbers of its leaves; `all` has the leaves that no channel names.

    order: `stages.order`, plain; selectors: channel → axis and value. Raises RewarmError for a channel
    without leaves, and for two with the same.
    """
    owner: dict[int, str] = {}
    for channel, wanted in selectors.items():
        mine = [
            leaf.number for leaf in leaves if all(leaf.value(axis) == value for axis, value in wanted.items())
        ]
        if not mine:
            there = ", ".join(
                f"{axis}={value}"
                for axis in wanted
                for value in dict.fromkeys(leaf.value(axis) for leaf in leaves)
            )
            raise RewarmError(f"stages.{stage}.order.channels: no document is {channel}; there are {there}")
        for number in mine:
            if number in owner:
                raise RewarmError(
                    f"stages.{stage}.order.channels: {owner[number]} and {channel} both select documents of "
                    f"{leaves[number].source}; a document has one place in the order"
                )
            owner[number] = channel
    own = {key: value for key, value in order.items() if key not in ("channels", "bands")}
    found = {WHOLE: (own, [leaf.number for leaf in leaves if leaf.number not in owner])}
    for channel in selectors:
        numbers = [number for number, name in owner.items() if name == channel]
        found[channel] = (order["channels"][channel], numbers)
    return found


def rows_of(leaf: np.ndarray, numbers: Sequence[int]) -> np.ndarray:
    """int64: the rows of these leaves. leaf: int64 [rows]."""
    return np.flatnonzero(np.isin(leaf, list(numbers)))
