"""Requests as a forest of tokens, so that what continuations have in common is computed once.

The options of a question share its tokens, and all questions of a task share the few-shot examples. The token
sequences are sorted, so that each shares its longest prefix with its neighbour, and packed into rows: a
row holds the nodes of several trees in depth-first order. A node attends to its ancestors only, and its
position is its depth. The prefix of all sequences is computed once per call and kept as keys and values.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A shorter prefix costs less in every row than its keys and values.
_LEAST_PREFIX = 16


@dataclass(frozen=True, slots=True)
class Row:
    """tokens, positions: int64 [nodes]; parent: int64 [nodes], -1 below the shared prefix.

    predicting: int64 [targets], the node whose output predicts a target, -1 for the prefix's last token;
    targets: int64 [targets], token IDs; request: int64 [targets], the request that a target belongs to.
    """

    tokens: np.ndarray
    positions: np.ndarray
    parent: np.ndarray
    predicting: np.ndarray
    targets: np.ndarray
    request: np.ndarray


@dataclass(frozen=True, slots=True)
class Forest:
    """prefix: int64 [tokens] that every request begins with; rows: the rest."""

    prefix: np.ndarray
    rows: list[Row]

    @property
    def forwarded(self) -> int:
        """Tokens that a forward pass computes."""
        return len(self.prefix) + sum(len(row.tokens) for row in self.rows)


def pack(sequences: Sequence[np.ndarray], starts: Sequence[int], row_tokens: int) -> Forest:
    """Pack requests into rows of about `row_tokens` nodes; a larger tree gets a row of its own.

    sequences: int64 [tokens] of context and continuation of each request; starts: where the continuation
    begins, at least 1.
    """
    order = sorted(range(len(sequences)), key=lambda number: sequences[number].astype(">u4").tobytes())
    inputs = [sequences[number][:-1] for number in order]
    # A token that is scored must be predicted inside a row or by the prefix's end.
    shared = min([_common(inputs[0], inputs[-1]), *(start for start in starts)]) if order else 0
    shared = shared if shared >= _LEAST_PREFIX and len(order) > 1 else 0
    rows: list[Row] = []
    building = _Building(shared)
    for group in _groups(inputs, shared):
        if building.nodes and building.nodes + building.more(inputs, group) > row_tokens:
            rows.append(building.row())
            building = _Building(shared)
        for place in group:
            number = order[place]
            building.add(number, sequences[number], starts[number])
    if building.requests:
        rows.append(building.row())
    return Forest(inputs[0][:shared] if order else np.zeros(0, np.int64), rows)


def mask(row: Row) -> np.ndarray:
    """bool [nodes, nodes]: whether a node attends to another, which is itself or an ancestor."""
    size = len(row.tokens)
    seen = np.zeros((size, size), dtype=bool)
    for node, parent in enumerate(row.parent.tolist()):
        if parent >= 0:
            seen[node, : parent + 1] = seen[parent, : parent + 1]
        seen[node, node] = True
    return seen


def _groups(inputs: list[np.ndarray], shared: int) -> list[list[int]]:
    """Neighbours that have more than half of their tokens behind the prefix in common: one question."""
    groups: list[list[int]] = []
    for place, tokens in enumerate(inputs):
        length = len(tokens) - shared
        if groups and _common(inputs[groups[-1][0]], tokens) - shared > length / 2:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _common(left: np.ndarray, right: np.ndarray) -> int:
    """Length of the common prefix."""
    size = min(len(left), len(right))
    different = np.flatnonzero(left[:size] != right[:size])
    return int(different[0]) if len(different) else size


class _Building:
    """A row while it is filled. `path` holds the nodes from the root to the last token added."""

    def __init__(self, shared: int) -> None:
        self.shared = shared
        self.tokens: list[int] = []
        self.positions: list[int] = []
        self.parent: list[int] = []
        self.predicting: list[int] = []
        self.targets: list[int] = []
        self.requests: list[int] = []
        self.last = np.zeros(0, np.int64)
        self.path: list[int] = []

    @property
    def nodes(self) -> int:
        return len(self.tokens)

    def more(self, inputs: list[np.ndarray], group: list[int]) -> int:
        """Nodes that a group of sorted sequences adds."""
        before = self.last
        added = 0
        for place in group:
            added += len(inputs[place]) - max(self.shared, _common(before, inputs[place]))
            before = inputs[place]
        return added

    def add(self, number: int, sequence: np.ndarray, start: int) -> None:
        """Add a request's nodes, and its targets at the nodes that predict them."""
        inputs = sequence[:-1]
        kept = max(0, _common(self.last, inputs) - self.shared)
        del self.path[kept:]
        for depth in range(self.shared + kept, len(inputs)):
            self.parent.append(self.path[-1] if self.path else -1)
            self.path.append(len(self.tokens))
            self.tokens.append(int(inputs[depth]))
            self.positions.append(depth)
        self.last = inputs
        for depth in range(start, len(sequence)):
            behind = depth - 1 - self.shared
            self.predicting.append(self.path[behind] if behind >= 0 else -1)
            self.targets.append(int(sequence[depth]))
            self.requests.append(number)

    def row(self) -> Row:
        return Row(
            *(
                np.array(values, dtype=np.int64)
                for values in (
                    self.tokens,
                    self.positions,
                    self.parent,
                    self.predicting,
                    self.targets,
                    self.requests,
                )
            )
        )
