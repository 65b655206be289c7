"""Channels of a chart: which leaves belong to which line, for an axis of labels or for the overview.

The overview shows each language and, apart from them, the domain: a leaf of the domain counts as `domain` and
not as its language, since domain text in Chinese would otherwise move the curve of general Chinese.
"""

from collections.abc import Iterable
from operator import methodcaller

from rewarm.corpus.tables.leaves import Leaf, grouped, in_reading_order
from rewarm.statistics.outcome import LEARN

OVERVIEW = "overview"
ALL = "all"


def axes(leaves: Iterable[Leaf]) -> list[str]:
    """The overview, then every axis of the labels, source last, then the whole update."""
    named = in_reading_order(["source", *(axis for leaf in leaves for axis in leaf.labels)])
    return [OVERVIEW, *named, ALL]


def rows(leaves: list[Leaf], axis: str) -> dict[str, list[int]]:
    """Channel → rows of its leaves, in the order of the leaves. A leaf without a value is left out."""
    if axis == ALL:
        return grouped(leaves, lambda leaf: ALL)
    return grouped(leaves, _overview if axis == OVERVIEW else methodcaller("value", axis))


def _overview(leaf: Leaf) -> str | None:
    task = leaf.labels.get("task")
    if task in (LEARN, "code"):
        return task
    return leaf.labels.get("language")
