"""Gaussian process over the mix: no formula, a length scale per source, and its own uncertainty.

A squared-exponential kernel with one length scale per input (automatic relevance determination) on the
square roots of the shares, the log of tokens and size where they vary. Square roots spread small shares,
where the loss changes fastest. Hyperparameters maximise the marginal likelihood with a weak prior on log
length scales; the noise is at least the measured one. Cost is cubic: up to about 2,000 rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.law import Estimate, NotEnoughPilots, refusal
from rewarm.laws.points import Points

Array = NDArray[np.float64]
ROUNDS = 80
DRAWS = 200
_JITTER = 1e-8


@dataclass(frozen=True)
class Features:
    """Inputs of the kernel and their scaling, as the pilots have them."""

    columns: tuple[str, ...]
    center: Array
    scale: Array

    @classmethod
    def of(cls, points: Points) -> "Features":
        columns = tuple(name for name in ("tokens", "size", "unique_tokens") if points.varies(name))
        table = _table(points, columns)
        spread = table.std(axis=0)
        return cls(columns, table.mean(axis=0), np.where(spread > 0, spread, 1.0))

    def __call__(self, points: Points) -> Array:
        return np.asarray((_table(points, self.columns) - self.center) / self.scale)


def _table(points: Points, columns: tuple[str, ...]) -> Array:
    logs = [np.log(np.maximum(points.columns[name], 1.0))[:, None] for name in columns]
    return np.concatenate([np.sqrt(points.shares), *logs], axis=1)


@dataclass(frozen=True)
class GaussianProcess:
    name: str = "gaussian process"
    source: str = "Rasmussen and Williams 2006, chapter 5"
    needs: tuple[str, ...] = ("shares",)

    def size(self, points: Points) -> int:
        """A process has no fixed number; two rows per input is the least that shows a length scale."""
        varying = (np.ptp(points.shares, axis=0) > 0).sum() if len(points) else 0
        return 2 + 2 * int(varying)

    def fit(
        self, points: Points, losses: Array, *, noise: float = 0.0, draws: int = 0, seed: int = 0
    ) -> "FittedProcess":
        reason = refusal(self, points)
        if reason:
            raise NotEnoughPilots(f"{self.name}: {reason}")
        features = Features.of(points)
        inputs, logs = features(points), np.log(losses)
        center, scale = float(logs.mean()), max(float(logs.std()), 1e-9)
        target = (logs - center) / scale
        least = max(noise / scale, 1e-3)
        hyper = _maximize(inputs, target, least)
        kernel = _kernel(inputs, inputs, hyper) + (least**2 + np.exp(2 * hyper[1])) * np.eye(len(inputs))
        lower = np.linalg.cholesky(kernel + _JITTER * np.eye(len(inputs)))
        weights = np.linalg.solve(lower.T, np.linalg.solve(lower, target))
        return FittedProcess(features, points.names, inputs, hyper, lower, weights, center, scale, least)


@dataclass(frozen=True)
class FittedProcess:
    """hyper: float64 [2 + inputs], logs of the signal, the noise beyond `least`, and the length scales."""

    features: Features
    names: tuple[str, ...]
    inputs: Array
    hyper: Array
    lower: Array
    weights: Array
    center: float
    scale: float
    least: float

    def predict(self, points: Points) -> Array:
        cross = _kernel(self.features(points), self.inputs, self.hyper)
        return np.asarray(np.exp(self.center + self.scale * (cross @ self.weights)))

    def expected(self, points: Points, seed: int) -> Array:
        inputs = self.features(points)
        solved = np.linalg.solve(self.lower, _kernel(self.inputs, inputs, self.hyper))
        covariance = _kernel(inputs, inputs, self.hyper) - solved.T @ solved
        values, vectors = np.linalg.eigh(covariance)
        normal = np.random.default_rng(seed).standard_normal((DRAWS, len(points)))
        errors = normal @ (vectors * np.sqrt(np.maximum(0, values))).T
        return np.asarray(self.predict(points) * np.exp(self.scale * errors))

    def draws(self, points: Points, seed: int) -> Array:
        deviation = self.scale * np.sqrt(self.least**2 + np.exp(2 * self.hyper[1]))
        errors = np.random.default_rng(seed + 1).standard_normal((DRAWS, len(points))) * deviation
        return np.asarray(self.expected(points, seed) * np.exp(errors))

    def estimates(self) -> list[Estimate]:
        names = [f"length scale of {name}" for name in (*self.names, *self.features.columns)]
        scales = np.exp(self.hyper[2:]).tolist()
        return [Estimate(name, value, value, value) for name, value in zip(names, scales, strict=True)]


def _kernel(left: Array, right: Array, hyper: Array) -> Array:
    left, right = left * np.exp(-hyper[2:]), right * np.exp(-hyper[2:])
    square = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    return np.asarray(np.exp(2 * hyper[0] - 0.5 * np.maximum(0, square)))


def _maximize(inputs: Array, target: Array, least: float) -> Array:
    """Hyperparameters by resilient propagation: only signs of the gradient are used, so no line search."""
    hyper = np.concatenate(
        [[0.0, np.log(0.1)], np.full(inputs.shape[1], np.log(2.0 * inputs.shape[1] ** 0.5))]
    )
    low = np.concatenate([[-3.0, -9.0], np.full(inputs.shape[1], -1.5)])
    high = np.concatenate([[4.0, 0.5], np.full(inputs.shape[1], 5.0)])
    step, before = np.full(len(hyper), 0.2), np.zeros(len(hyper))
    best, record = hyper, -np.inf
    for _ in range(ROUNDS):
        value, slope = _evidence(inputs, target, hyper, least)
        if value > record:
            best, record = hyper, value
        agree = slope * before
        step = np.clip(np.where(agree > 0, 1.2, np.where(agree < 0, 0.5, 1.0)) * step, 1e-4, 0.6)
        slope = np.where(agree < 0, 0.0, slope)
        hyper, before = np.clip(hyper + np.sign(slope) * step, low, high), slope
        if step.max() < 2e-3:
            break
    return best


def _evidence(inputs: Array, target: Array, hyper: Array, least: float) -> tuple[float, Array]:
    """Log marginal likelihood plus prior, and its derivatives by the hyperparameters."""
    count = len(target)
    signal = _kernel(inputs, inputs, hyper)
    extra = np.exp(2 * hyper[1])
    kernel = signal + (least**2 + extra + _JITTER) * np.eye(count)
    try:
        lower = np.linalg.cholesky(kernel)
    except np.linalg.LinAlgError:
        return -np.inf, -np.sign(hyper)
    inverse = np.linalg.inv(kernel)
    weights = inverse @ target
    prior = np.log(3.0)
    value = (
        -0.5 * target @ weights - np.log(np.diag(lower)).sum() - 0.5 * ((hyper[2:] - prior) ** 2).sum() / 4
    )
    inner = np.outer(weights, weights) - inverse
    product = inner * signal
    row = product.sum(axis=1)
    scaled = inputs * np.exp(-hyper[2:])
    # sum_ij product_ij (x_i - x_j)^2 / 2, for every input at once
    lengths = (row[:, None] * scaled**2).sum(0) - (scaled * (product @ scaled)).sum(0)
    slope = np.concatenate([[product.sum(), np.trace(inner) * extra], lengths - (hyper[2:] - prior) / 4])
    return float(value), slope


LAW = GaussianProcess()
