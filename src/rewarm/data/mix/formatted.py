"""A cap on strongly formatted documents: tables, JSON, markup, templates.

A model learns a format from few documents, and thousands of one format cost general ability. So of each
source at most so many are drawn, the best by quality; the rest is left out of every stage and counted. Code
is all format and is exempt.
"""

import numpy as np


def left_out(
    ratio: np.ndarray, sources: np.ndarray, exempt: np.ndarray, quality: np.ndarray, ties: np.ndarray,
    least_ratio: float, most: int | None,
) -> np.ndarray:  # fmt: skip
    """bool [documents]: formatted ones beyond the cap of their source.

    ratio: float64 [documents], share of characters in formatted lines, NaN where nothing measured it;
    sources: object [documents]; exempt: bool [documents], code and held-out documents; quality: float64
    [documents]; ties: uint64 [documents], of equal quality the least comes first.
    """
    found = np.zeros(len(ratio), bool)
    if most is None:
        return found
    formatted = np.flatnonzero(np.nan_to_num(ratio) >= least_ratio)
    formatted = formatted[~exempt[formatted]]
    order = formatted[np.lexsort((ties[formatted], -np.nan_to_num(quality[formatted], nan=-1.0)))]
    # A stable sort by source keeps the order within each; the place there is the distance to its first.
    names = np.unique(sources[order].astype(str), return_inverse=True)[1]
    together = np.argsort(names, kind="stable")
    ordered = names[together]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    found[order[together[place >= most]]] = True
    return found


def by_source(chosen: np.ndarray, sources: np.ndarray) -> dict[str, int]:
    """Documents by source."""
    names, counts = np.unique(sources[chosen].astype(str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))
