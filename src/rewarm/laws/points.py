"""The inputs of a law: one row per loss that was measured or is to be predicted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.schedules import Schedules

Array = NDArray[np.float64]
Index = NDArray[np.int64]

# Optional columns and what they hold; docs/laws.md describes them for users.
COLUMNS = ("tokens", "size", "unique_tokens", "initial_loss", "early_drop")


@dataclass(frozen=True)
class Points:
    """
    Attributes:
        names: the sources of the mix.
        shares: float64 [rows, sources], each row sums to 1.
        own: the place in `names` of the source that the loss is measured on, or None.
        columns: float64 [rows] each, of `COLUMNS`: training tokens, model parameters, unique tokens of
            the own source, loss of the base on it, drop of that loss early in a run.
        schedules: learning rates up to each row, for laws over a schedule.
        run: int64 [rows], rows of one training run have one number.
    """

    names: tuple[str, ...]
    shares: Array
    own: int | None = None
    columns: Mapping[str, Array] = field(default_factory=dict)
    schedules: Schedules | None = None
    run: Index | None = None

    def __len__(self) -> int:
        return len(self.schedules) if self.schedules is not None else len(self.shares)

    @property
    def own_share(self) -> Array:
        if self.own is None:
            raise ValueError("no share belongs to this loss")
        return self.shares[:, self.own]

    @property
    def runs(self) -> Index:
        return np.arange(len(self)) if self.run is None else self.run

    def has(self, need: str) -> bool:
        """Whether a law that needs this input can be fitted."""
        if need == "shares":
            return len(self.names) > 1
        if need == "own":
            return self.own is not None
        if need == "schedule":
            return self.schedules is not None
        return need in self.columns

    def varies(self, column: str) -> bool:
        """Whether the column is present with more than one value."""
        values = self.columns.get(column)
        if values is None or not len(values):
            return False
        return float(np.ptp(values)) > 1e-9 * float(np.abs(values).max())

    def take(self, rows: Index) -> "Points":
        return replace(
            self,
            shares=self.shares[rows],
            columns={name: values[rows] for name, values in self.columns.items()},
            schedules=None if self.schedules is None else self.schedules.take(rows),
            run=None if self.run is None else self.run[rows],
        )

    def distinct(self) -> Index:
        """int64 [rows]: rows with equal inputs have one number; repeated runs differ only in the loss."""
        parts = [self.shares, *(values[:, None] for values in self.columns.values())]
        if self.schedules is not None:
            parts.append(self.schedules.keys())
        table = np.concatenate(parts, axis=1)
        return np.unique(table.round(12), axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)

    def mixes(self) -> Index:
        """int64 [rows]: the unit that cross-validation leaves out, a mix or, for one mix, a run."""
        groups = np.unique(self.shares.round(9), axis=0, return_inverse=True)[1].reshape(-1)
        if groups.size and groups.max() == 0:
            groups = np.unique(self.runs, return_inverse=True)[1].reshape(-1)
        return groups.astype(np.int64)
