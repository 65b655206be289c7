"""Documents that agree in a band, one band at a time.

Keys of one band are sorted and equal neighbours share a bucket; a document alone in its bucket has
nobody to be compared with. So memory holds the keys of one band, and of the rest only a bucket
number for each candidate.
"""

from collections.abc import Iterable

import numpy as np


def buckets(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Documents with company, and their bucket from 0; keys: uint64 [documents], of one band.

    Returns int64 [with company], ascending, and int32 of the same length.
    """
    # In which order equal keys come is nothing to their bucket; a stable sort takes four times as long.
    order = np.argsort(keys)
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    company = np.zeros(len(keys), bool)
    company[1:] = same
    company[:-1] |= same
    members = order[company]
    fresh = np.r_[True, ordered[company][1:] != ordered[company][:-1]] if len(members) else company[:0]
    number = np.cumsum(fresh, dtype=np.int32) - np.int32(1)
    ascending = np.argsort(members)
    return members[ascending], number[ascending]


def join(bands: Iterable[tuple[np.ndarray, np.ndarray]], documents: int) -> tuple[np.ndarray, np.ndarray]:
    """Candidates of all bands: int64 [candidates], ascending, and int32 [candidates, bands], where

    the number of a bucket is unique over all bands and -1 says that the document is alone in that band.
    """
    by_band = list(bands)
    candidate = np.zeros(documents, bool)
    for members, _ in by_band:
        candidate[members] = True
    candidates = np.flatnonzero(candidate)
    place = np.cumsum(candidate) - 1
    matrix = np.full((len(candidates), len(by_band)), -1, np.int32)
    begin = 0
    for band, (members, bucket) in enumerate(by_band):
        matrix[place[members], band] = bucket + begin
        begin += int(bucket.max()) + 1 if len(bucket) else 0
    return candidates, matrix
