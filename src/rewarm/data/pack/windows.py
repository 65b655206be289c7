"""Where one window of documents ends and the next begins.

Best fit reorders documents inside a window, so a window never holds two bands of a curriculum, and no group
of related documents lies in two windows.
"""

from collections.abc import Iterator

import numpy as np


def windows(band: np.ndarray, group: np.ndarray, size: int) -> Iterator[tuple[int, int]]:
    """First document and last + 1 of each window, in order.

    band: int [documents]; group: int64 [documents], -1 alone, documents of a group stand together; size:
    documents of a window, more only where a group goes on.
    """
    edges = np.flatnonzero(np.diff(band)) + 1
    for begin, end in zip([0, *edges.tolist()], [*edges.tolist(), len(band)], strict=True):
        start = begin
        while start < end:
            stop = min(start + size, end)
            while stop < end and group[stop] >= 0 and group[stop] == group[stop - 1]:
                stop += 1
            yield start, stop
            start = stop
