"""From frequent windows to phrases: runs of windows that about as many documents hold.

A phrase is as long as its windows stay frequent, and ends where their number of documents changes by
half: behind a canned reply stands what the customer is told in this case only. So lengths vary and
no phrase could be made longer without losing documents (maximal, as in Nagao and Mori 1994). A whole
phrase is narrowed to where lines or clauses end, since half a sentence is language and no template.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

# Where a clause ends; a full stop only before space.
_EDGES = frozenset("\n。！？；：…!?;:|")
# So many tokens on a line of their own at either end are the next line's beginning, not the phrase's.
_STRAY = 2
# Neighbouring windows of one phrase are in about as many documents.
_CHANGE = 1.5


@dataclass(frozen=True)
class Run:
    """start, end: characters; key: hash of the first and last window and the number between;
    window: the first one's hash."""

    start: int
    end: int
    key: int
    tokens: int
    window: int


def runs(
    text: str,
    starts: np.ndarray,
    ends: np.ndarray,
    hashes: np.ndarray,
    size: int,
    frequent: np.ndarray,
    counts: np.ndarray,
    *,
    whole: bool,
) -> list[Run]:
    """The phrases of one document, in order; neighbours may overlap.

    whole: only from edge to edge of lines or clauses, and no shorter than a window then.
    starts, ends: int64 [tokens]; hashes: uint64 [windows]; frequent: uint64, sorted; counts: their documents.
    """
    if not len(hashes) or not len(frequent):
        return []
    place = np.minimum(np.searchsorted(frequent, hashes), len(frequent) - 1)
    documents = np.where(frequent[place] == hashes, counts[place], 0)
    inside = documents > 0
    if not inside.any():
        return []
    ratio = np.maximum(documents[1:], 1) / np.maximum(documents[:-1], 1)
    both = inside[1:] & inside[:-1]
    breaks = (inside[1:] != inside[:-1]) | (both & ((ratio > _CHANGE) | (ratio < 1 / _CHANGE)))
    edges = np.concatenate([[0], np.flatnonzero(breaks) + 1, [len(hashes)]])
    found = []
    for first, last in pairwise(edges):
        if inside[first]:
            one, other = int(first), int(last) + size - 2
            if whole:
                one, other = _narrowed(text, starts, ends, one, other)
                if other - one + 1 < size:
                    continue
            key = hash((int(hashes[one]), int(hashes[other - size + 1]), other - one))
            window = int(hashes[one])
            one, other = _trimmed(text, starts, ends, one, other)
            found.append(Run(int(starts[one]), int(ends[other]), key, other - one + 1, window))
    return found


def _trimmed(text: str, starts: np.ndarray, ends: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The tokens of a run without strays before its first line end or behind its last."""
    for one in range(first, min(first + _STRAY, last)):
        if "\n" in text[ends[one] : starts[one + 1]]:
            first = one + 1
    for one in range(last, max(last - _STRAY, first), -1):
        if "\n" in text[ends[one - 1] : starts[one]]:
            last = one - 1
    return first, last


def _narrowed(text: str, starts: np.ndarray, ends: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The longest part of a run that begins behind an edge and ends before one."""
    while first <= last and first and not _edge(text[ends[first - 1] : starts[first]]):
        first += 1
    while last >= first and last + 1 < len(starts) and not _edge(text[ends[last] : starts[last + 1]]):
        last -= 1
    return first, last


def _edge(gap: str) -> bool:
    return not _EDGES.isdisjoint(gap) or any(
        one == "." and (after.isspace() or after in "\"'”’)）") for one, after in pairwise(gap)
    )
