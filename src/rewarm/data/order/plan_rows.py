"""The rows of a stage's plan."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rewarm.corpus.tables import ids


@dataclass(frozen=True)
class Rows:
    """One entry a use of a document. ids: V10; leaf, repeat (number of the use in this stage), tokens: int64;
    rank: uint64, as good as random, of ID, use, stage and seed."""

    ids: np.ndarray
    leaf: np.ndarray
    repeat: np.ndarray
    tokens: np.ndarray
    rank: np.ndarray

    @classmethod
    def of(cls, plan: pa.Table, seed: int, stage: int) -> "Rows":
        """stage: its number in the recipe, from 0."""
        identities = ids.of_digits(plan["id"])
        repeat = plan["repeat"].to_numpy().astype(np.int64)
        return cls(
            identities,
            plan["leaf"].to_numpy().astype(np.int64),
            repeat,
            plan["tokens"].to_numpy().astype(np.int64),
            ids.ranks(identities, "order", seed, stage, repeat=repeat),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def uniform(self) -> np.ndarray:
        """float64 [rows] in 0..1: the rank as a number."""
        return self.rank / 2.0**64
