"""Which places have a fingerprint in common with an earlier document, one range of hashes at a time.

Equal fingerprints stand in the order of precedence. Each is held against two: the first, which is where
a passage usually keeps its place, and the nearest document before it, since a first one may share a
phrase only where the second shares the page. So a fingerprint that a million documents have costs a
million meetings, not their square. Memory holds one range, some four million fingerprints.
"""

from pathlib import Path

import numpy as np

from rewarm.data.trim.tables import FINGERPRINTS, INDEX, MEETINGS, load, load_one, save
from rewarm.engine.work import Counts

RANGE = 4_000_000


def ranges(fingerprints: int) -> int:
    """How many ranges keep each to some four million."""
    return max(1, -(-fingerprints // RANGE))


def meet(number: int, total: int, names: list[str], folder: str) -> Counts:
    """Write the meetings of range `number` of `total`, by place: place, first, nearest, int64.

    Places are tokens of the whole corpus; `nearest` is -1 where it is the first.
    """
    root = Path(folder)
    index = load(root / INDEX)
    low, high = (round(part * 2**64 / total) for part in (number, number + 1))
    hashes, documents, places = [], [], []
    for shard, name in enumerate(names):
        own = load_one(root / FINGERPRINTS / name, "hash")
        begin = int(np.searchsorted(own, np.uint64(low)))
        end = len(own) if high == 2**64 else int(np.searchsorted(own, np.uint64(high)))
        hashes.append(own[begin:end])
        rows = load_one(root / FINGERPRINTS / name, "document")[begin:end]
        documents.append(rows.astype(np.int64) + index["offsets"][shard])
        tokens = load_one(root / FINGERPRINTS / name, "place")[begin:end]
        places.append(tokens + index["tokens"][shard])
    empty = np.empty(0, np.int64)
    met = meetings(
        np.concatenate([np.empty(0, np.uint64), *hashes]),
        np.concatenate([empty, *documents]),
        np.concatenate([empty, *places]),
        index["rank"],
        index["heldout"],
    )
    save(root / MEETINGS / f"{number:05}", place=met[0], first=met[1], nearest=met[2])
    return {}


def meetings(
    hashes: np.ndarray, documents: np.ndarray, places: np.ndarray, rank: np.ndarray, heldout: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """place, first, nearest: int64, by place. hashes: uint64; documents, places: int64, of each fingerprint;
    rank: int64 [documents of the corpus], smaller goes before; heldout: bool, are never asked."""
    order = np.argsort(hashes)
    ordered = hashes[order]
    same = ordered[1:] == ordered[:-1]
    company = np.zeros(len(order), bool)
    company[1:] = same
    company[:-1] |= same
    order = order[company]
    if not len(order):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int64)
    order = order[np.lexsort((places[order], rank[documents[order]], hashes[order]))]
    hashes, documents, places = hashes[order], documents[order], places[order]
    row = np.arange(len(order))
    group = np.maximum.accumulate(np.where(np.r_[True, hashes[1:] != hashes[:-1]], row, 0))
    # Where a document's own fingerprints in the group begin: what stands before is the nearest other.
    fresh = np.r_[True, (documents[1:] != documents[:-1]) | (hashes[1:] != hashes[:-1])]
    mine = np.maximum.accumulate(np.where(fresh, row, 0))
    asked = np.flatnonzero((documents != documents[group]) & ~heldout[documents])
    first, nearest = places[group[asked]], places[mine[asked] - 1]
    nearest = np.where(nearest == first, -1, nearest)
    asked = places[asked]
    order = np.argsort(asked, kind="stable")
    return asked[order], first[order], nearest[order]


def in_precedence(
    place: np.ndarray, first: np.ndarray, nearest: np.ndarray, starts: np.ndarray, rank: np.ndarray
) -> np.ndarray:
    """The order by place; those of one place by whom they met, which no cut of the corpus into shards moves.

    starts, rank: int64, of every document: its first token, its precedence.
    """
    keys = [place]
    for other in (first, nearest):
        document = np.maximum(np.searchsorted(starts, other, side="right") - 1, 0)
        keys += [np.where(other < 0, -1, rank[document]), np.where(other < 0, -1, other - starts[document])]
    return np.lexsort(keys[::-1])
