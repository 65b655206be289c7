"""Gradient-boosted trees over the mix (RegMix, Liu et al. 2024, arXiv 2407.01492), with LightGBM.

Settings are those of the paper's code: 1,000 trees at rate 0.01. Trees do not extrapolate and need
hundreds of pilots. Their error is estimated by cross-validation inside the fit, because residuals of the
training rows are close to zero. Draws are fits on resampled rows.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewarm.errors import RewarmError
from rewarm.laws.law import Estimate, NotEnoughPilots, refusal
from rewarm.laws.points import Points

Array = NDArray[np.float64]
LEAST_ROWS = 64
FOLDS, RESAMPLES = 5, 20
DRAWS = 200
TREES = 1000
SETTINGS = {
    "objective": "regression",
    "learning_rate": 0.01,
    "num_leaves": 31,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
}


class Trees(Protocol):
    def predict(self, table: Array) -> Array: ...


def installed() -> bool:
    return find_spec("lightgbm") is not None


def _table(points: Points) -> Array:
    logs = [np.log(np.maximum(values, 1e-12))[:, None] for _, values in sorted(points.columns.items())]
    return np.concatenate([points.shares, *logs], axis=1)


def _trees(table: Array, logs: Array, seed: int) -> Trees:
    try:
        import lightgbm
    except ImportError as missing:
        raise RewarmError("boosted trees: lightgbm is not installed; pip install 'rewarm[laws]'") from missing
    # The plain interface: the other one needs scikit-learn.
    found: Trees = lightgbm.train(SETTINGS | {"seed": seed}, lightgbm.Dataset(table, logs), TREES)
    return found


@dataclass(frozen=True)
class Boosting:
    name: str = "boosted trees"
    source: str = "arXiv 2407.01492"
    needs: tuple[str, ...] = ("shares",)

    def size(self, points: Points) -> int:
        return LEAST_ROWS

    def fit(
        self, points: Points, losses: Array, *, noise: float = 0.0, draws: int = 0, seed: int = 0
    ) -> "FittedTrees":
        reason = refusal(self, points)
        if reason:
            raise NotEnoughPilots(f"{self.name}: {reason}")
        table, logs = _table(points), np.log(losses)
        rng = np.random.default_rng(seed)
        error = noise
        resampled: list[Trees] = []
        if draws:
            fold = rng.permutation(len(logs)) % FOLDS
            residuals = np.empty(len(logs))
            for part in range(FOLDS):
                trees = _trees(table[fold != part], logs[fold != part], seed)
                residuals[fold == part] = trees.predict(table[fold == part]) - logs[fold == part]
            error = max(noise, float(np.sqrt(np.mean(residuals**2))))
            for _ in range(RESAMPLES):
                rows = rng.integers(0, len(logs), len(logs))
                resampled.append(_trees(table[rows], logs[rows], seed))
        return FittedTrees(_trees(table, logs, seed), tuple(resampled), error)


@dataclass(frozen=True)
class FittedTrees:
    trees: Trees
    resampled: tuple[Trees, ...]
    error: float

    def predict(self, points: Points) -> Array:
        return np.asarray(np.exp(self.trees.predict(_table(points))))

    def expected(self, points: Points, seed: int) -> Array:
        table = _table(points)
        trees = self.resampled or (self.trees,)
        return np.asarray(np.exp(np.stack([one.predict(table) for one in trees])))

    def draws(self, points: Points, seed: int) -> Array:
        # The error of cross-validation includes that of the trees, so only it is drawn.
        errors = np.random.default_rng(seed).standard_normal((DRAWS, len(points))) * self.error
        return np.asarray(self.predict(points) * np.exp(errors))

    def estimates(self) -> list[Estimate]:
        return []


LAW = Boosting()
