"""A path through related documents: each follows one that is near it.

The greedy path of in-context pre-training (Shi et al. 2023, arXiv 2310.10638, algorithm 1), a heuristic for
the travelling salesman: begin at the document with the fewest neighbours, since it would later be hard to
reach, go on to the nearest neighbour that was not visited, and begin anew where there is none. Documents of
paths shorter than `SHORT` are then put behind their nearest neighbour in a longer path.

Near-copies are not visited: a document that resembles an earlier one by `copy_similarity` or more.
"""

from dataclasses import dataclass

import numpy as np

from rewarm.text.kernel import kernel
from rewarm.text.related.neighbours import Neighbours

SHORT = 4


@dataclass(frozen=True)
class Paths:
    """order: int64 [documents on a path], path after path; path: int64, the number of each one's path;
    alone: int64, documents without a related one; copies: int64, near-copies; originals: int64, the document
    that each copy resembles."""

    order: np.ndarray
    path: np.ndarray
    alone: np.ndarray
    copies: np.ndarray
    originals: np.ndarray


def paths(neighbours: Neighbours, copy_similarity: float) -> Paths:
    """Visit every document once.

    neighbours: of documents in an order that decides which of two near-copies is the original: the first.
    """
    copy_of = np.full(len(neighbours), -1, dtype=np.int64)
    _find_copies(neighbours.documents, neighbours.similarity, copy_similarity, copy_of)
    starts, to, weight = _graph(neighbours, copy_of)
    order = np.empty(len(neighbours), dtype=np.int64)
    path = np.empty(len(neighbours), dtype=np.int64)
    degree = np.diff(starts)
    begin = np.argsort(degree, kind="stable")
    visited = copy_of >= 0
    count = _walk(starts, to, weight, begin, visited, order, path)
    order, path = order[:count], path[:count]
    order, path = _merged(order, path, starts, to, weight)
    sizes = np.bincount(path)
    lonely = sizes[path] == 1
    kept = ~lonely
    _, numbers = np.unique(path[kept], return_inverse=True)
    copies = np.flatnonzero(copy_of >= 0)
    return Paths(order[kept], numbers.astype(np.int64), np.sort(order[lonely]), copies, copy_of[copies])


@kernel
def _find_copies(documents: np.ndarray, similarity: np.ndarray, least: float, copy_of: np.ndarray) -> None:
    for document in range(len(documents)):
        for at in range(documents.shape[1]):
            other = documents[document, at]
            if other < 0 or similarity[document, at] < least:
                continue
            # A copy of a copy has another original, or is one itself.
            if other < document and copy_of[other] < 0 and copy_of[document] < 0:
                copy_of[document] = other
            elif other > document and copy_of[document] < 0 and copy_of[other] < 0:
                copy_of[other] = document


def _graph(neighbours: Neighbours, copy_of: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The neighbours in both directions, without copies: starts int64 [documents + 1] of each one's edges; to
    int32 and weight float32 [edges], the nearest first."""
    count = neighbours.documents.shape[1]
    source = np.repeat(np.arange(len(neighbours), dtype=np.int32), count)
    target = neighbours.documents.reshape(-1)
    weight = neighbours.similarity.reshape(-1)
    kept = target >= 0
    source, target, weight = source[kept], target[kept], weight[kept]
    kept = (copy_of[source] < 0) & (copy_of[target] < 0)
    source, target, weight = source[kept], target[kept], weight[kept]
    starts = np.zeros(len(neighbours) + 1, dtype=np.int64)
    to = np.empty(2 * len(source), dtype=np.int32)
    both = np.empty(2 * len(source), dtype=np.float32)
    _fill_graph(source, target, weight, starts, to, both)
    return starts, to, both


@kernel
def _fill_graph(
    source: np.ndarray, target: np.ndarray, weight: np.ndarray, starts: np.ndarray, to: np.ndarray,
    both: np.ndarray,
) -> None:  # fmt: skip
    for edge in range(len(source)):
        starts[source[edge] + 1] += 1
        starts[target[edge] + 1] += 1
    for document in range(1, len(starts)):
        starts[document] += starts[document - 1]
    filled = starts[:-1].copy()
    for edge in range(len(source)):
        for one, other in ((source[edge], target[edge]), (target[edge], source[edge])):
            to[filled[one]], both[filled[one]] = other, weight[edge]
            filled[one] += 1


@kernel
def _walk(
    starts: np.ndarray, to: np.ndarray, weight: np.ndarray, begin: np.ndarray, visited: np.ndarray,
    order: np.ndarray, path: np.ndarray,
) -> int:  # fmt: skip
    count, number = 0, 0
    for document in begin:
        if visited[document]:
            continue
        here = document
        while here >= 0:
            visited[here] = True
            order[count], path[count] = here, number
            count += 1
            nearest, best = -1, np.float32(0)
            for edge in range(starts[here], starts[here + 1]):
                other = to[edge]
                if visited[other]:
                    continue
                if nearest < 0 or weight[edge] > best or (weight[edge] == best and other < nearest):
                    nearest, best = other, weight[edge]
            here = nearest
        number += 1
    return count


def _merged(
    order: np.ndarray, path: np.ndarray, starts: np.ndarray, to: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Documents of short paths behind their nearest neighbour in a long one, where they have one."""
    sizes = np.bincount(path) if len(path) else np.empty(0, np.int64)
    long = sizes[path] >= SHORT
    place = np.full(len(starts) - 1, -1, dtype=np.int64)
    place[order[long]] = np.flatnonzero(long)
    short = order[~long]
    behind = np.full(len(short), -1, dtype=np.int64)
    _nearest_placed(short, starts, to, weight, place, behind)
    moved = behind >= 0
    at = np.arange(len(order))
    kept = long.copy()
    kept[~long] = ~moved
    # Those that stay keep their place; one that moves stands behind its neighbour, later ones behind it.
    key = np.concatenate([at[kept], behind[moved]])
    later = np.concatenate([np.zeros(int(kept.sum()), np.int64), 1 + np.arange(int(moved.sum()))])
    documents = np.concatenate([order[kept], short[moved]])
    numbers = np.concatenate([path[kept], path[behind[moved]]])
    final = np.lexsort((later, key))
    return documents[final], numbers[final]


@kernel
def _nearest_placed(
    documents: np.ndarray, starts: np.ndarray, to: np.ndarray, weight: np.ndarray, place: np.ndarray,
    behind: np.ndarray,
) -> None:  # fmt: skip
    for at in range(len(documents)):
        best = np.float32(-1)
        for edge in range(starts[documents[at]], starts[documents[at] + 1]):
            if place[to[edge]] >= 0 and weight[edge] > best:
                best, behind[at] = weight[edge], place[to[edge]]
