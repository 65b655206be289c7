"""The usual loss of a part of a document: from its leaf, or from a channel where the leaf is sparse.

A leaf of a rare combination of labels has too few parts to estimate its usual loss. After a window of updates
in a stage, such a leaf is compared with the narrowest of its channels that has enough parts: the one with the
fewest leaves.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewarm.train.guard.windows import Pools


class DocumentCosts:
    """Two series for each leaf and channel: nats per token, nats per byte.

    leaves: their number; channels: numbers of the leaves of each; window: updates after which a leaf
    without a past is sparse.
    """

    def __init__(self, leaves: int, channels: Sequence[Sequence[int]], window: int) -> None:
        ordered = sorted(channels, key=len)
        self._series, self._window, self._updates = leaves + len(ordered), window, 0
        self._pools = Pools(2 * self._series, 4 * window)
        self._channels_of: list[list[int]] = [[] for _ in range(leaves)]
        for number, members in enumerate(ordered):
            for leaf in members:
                self._channels_of[leaf].append(leaves + number)

    def accept(self, leaf: np.ndarray, costs: np.ndarray) -> None:
        """leaf: int [parts]; costs: float64 [parts, 2], NaN where it is not known."""
        groups = [[one, *self._channels_of[one]] for one in leaf.tolist()]
        which = np.array([group for row in groups for group in row], dtype=np.int64)
        rows = np.repeat(np.arange(len(groups)), [len(row) for row in groups])
        for side in (0, 1):
            values = costs[rows, side] if len(rows) else np.empty(0)
            known = np.isfinite(values)
            self._pools.accept(which[known] + side * self._series, values[known])

    def end_update(self) -> None:
        """An update was used."""
        self._updates += 1

    def usual(self, leaf: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """float64 [parts, 2], twice: median and scale of what each part is compared with, as in `accept`.

        NaN where too little is known. leaf: int64 [parts].
        """
        found = []
        for side in (0, 1):
            which = np.array([self._held_against(one, side, least) for one in leaf.tolist()], dtype=np.int64)
            found.append(self._pools.usual(which + side * self._series, least))
        return np.stack([one[0] for one in found], axis=1), np.stack([one[1] for one in found], axis=1)

    def clear(self) -> None:
        """Begin a stage."""
        self._pools.clear()
        self._updates = 0

    def state(self) -> dict[str, Any]:
        return {"pools": self._pools.state(), "updates": self._updates}

    def load(self, state: dict[str, Any]) -> None:
        """Restore what `state` gave."""
        self._pools.load(state["pools"])
        self._updates = int(state["updates"])

    def _held_against(self, leaf: int, side: int, least: int) -> int:
        if self._updates < self._window:
            return leaf
        series = side * self._series
        candidates = [leaf, *self._channels_of[leaf]]
        return next((one for one in candidates if self._pools.known(one + series) >= least), leaf)
