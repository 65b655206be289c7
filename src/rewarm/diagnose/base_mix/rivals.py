"""The pairs that would be the most frequent ones of a moment if the mix were another one."""

import numpy as np
import numpy.typing as npt

# Beside each kind alone, random mixes; of each, the most frequent pairs.
_MIXES, _STRONGEST = 24, 2


class Rivals:
    """A pair is never more frequent under a mix than in its best kind, so those below a floor are left out.
    The floor falls with the frequencies of the merges."""

    def __init__(self, kinds: int) -> None:
        drawn = np.random.default_rng(0).dirichlet(np.full(kinds, 0.7), size=_MIXES)
        self._mixes = np.concatenate([np.eye(kinds), drawn])  # [mixes, kinds]
        self._best = np.zeros(1024)
        self._floor = np.inf

    def update(self, table: npt.NDArray[np.float64], rows: npt.NDArray[np.int64]) -> None:
        """table: [pairs, kinds], of which these rows changed."""
        while len(self._best) < len(table):
            self._best = np.concatenate([self._best, np.zeros_like(self._best)])
        self._best[rows] = table[rows].max(axis=1)

    def of(self, table: npt.NDArray[np.float64], row: int) -> npt.NDArray[np.int64]:
        """The rows of a merge's rivals: more frequent than it under some mix, and among the most frequent
        under one of these."""
        best = self._best[: len(table)]
        self._floor = min(self._floor, best.max(initial=0.0) / 2)
        while True:
            able = np.flatnonzero(best >= self._floor)
            able = able[able != row]
            if len(able) >= _STRONGEST:
                strengths = self._mixes @ table[able].T
                rank = strengths.shape[1] - _STRONGEST
                order = np.argpartition(strengths, rank, axis=1)[:, rank:]
                if np.take_along_axis(strengths, order, axis=1).min() >= self._floor:
                    break
            if not self._floor:  # all pairs were looked at
                order = np.arange(len(able))
                break
            self._floor = self._floor / 2 if self._floor > 1e-6 else 0.0
        rows = able[np.unique(order)]
        stronger: npt.NDArray[np.int64] = rows[(table[rows] > table[row]).any(axis=1)]
        return stronger
