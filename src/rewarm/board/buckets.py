"""Fewer points for a chart, with all spikes: the smallest and the largest value of each bucket of updates.

A bucket has two points, its extremes in the order in which they occur, so a line through them covers the
same range of values as the whole series (M4 without first and last: Jugel et al. 2014, VLDB 7(10)). Buckets
are a power of two long and begin at multiples of it: when updates are appended, earlier points stay.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
# Two points a bucket: more cannot be distinguished on a screen.
MOST = 1000
# Buckets of all series of a chart together: a zoom to their 25,000 points takes 0.2 s in a browser that draws
# without a graphics card (`benchmarks/board.py`).
TOGETHER, LEAST = 12_800, 200


def of_chart(series: int) -> int:
    """Buckets of each of so many series: the more series, the fewer."""
    return min(MOST, max(LEAST, TOGETHER // max(1, series)))


def size(positions: int, most: int = MOST) -> int:
    """Positions in a bucket: the least power of two that gives at most `most` buckets."""
    needed = -(-positions // most)
    return 1 << max(0, needed - 1).bit_length()


def extremes(values: Floats, first: int, last: int, most: int = MOST) -> tuple[npt.NDArray[np.int64], Floats]:
    """Positions int64 [points] and values float64 [series, points] of the range `first` to before `last`.

    values: float64 [series, n]. Buckets begin at multiples of their size, so the first may begin before
    `first`. With one position in a bucket, the values themselves. A bucket of NaN alone has two NaN.
    """
    n = values.shape[1]
    first, last = max(0, first), min(n, last)
    length = size(max(1, last - first), most - 1 if last - first > most else most)
    if length == 1:
        return np.arange(first, last), values[:, first:last]
    start = first // length * length
    count = -(-(last - start) // length)
    padded = np.full((len(values), count * length), np.nan)
    stop = min(n, start + count * length)
    padded[:, : stop - start] = values[:, start:stop]
    parts = padded.reshape(len(values), count, length)
    missing = np.isnan(parts)
    low = np.where(missing, np.inf, parts).argmin(axis=2)
    high = np.where(missing, -np.inf, parts).argmax(axis=2)
    ends = np.stack([np.minimum(low, high), np.maximum(low, high)], axis=2)
    found = np.take_along_axis(parts, ends, axis=2).reshape(len(values), 2 * count)
    # An all-NaN bucket gives its position 0, which is NaN.
    heads = start + np.arange(count) * length
    positions = np.minimum(np.stack([heads, heads + length // 2], axis=1).ravel(), stop - 1)
    return positions, found
