"""What one update's gradient says before the optimiser may use it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Segments:
    """The documents' parts in an update, in the order of its sequences.

    sequence: int64, number in the stage; document: V10, IDs; leaf: int64;
    tokens: uint32 ids of each part, views of the blocks.
    """

    sequence: np.ndarray
    document: np.ndarray
    leaf: np.ndarray
    tokens: tuple[np.ndarray, ...]

    def __len__(self) -> int:
        return len(self.sequence)


@dataclass(frozen=True)
class Evidence:
    """loss: nats per target, as back-propagated; norm: of the gradient before clipping;
    sums: float64 [segments, 3], nats, targets, bytes."""

    loss: float
    norm: float
    segments: Segments
    sums: np.ndarray

    @property
    def targets(self) -> int:
        return int(self.sums[:, 1].sum())

    def leaves(self, count: int) -> np.ndarray:
        """float64 [leaves, 3]: the same sums by leaf."""
        table = np.zeros((count, 3))
        np.add.at(table, self.segments.leaf, self.sums)
        return table
