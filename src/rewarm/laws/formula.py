"""A law that is a formula with parameters: fit from many starts, intervals by bootstrap.

Residuals are differences of log losses under a Huber loss. Its threshold is 1e-3 (as for D-CPT), or 1.35
robust standard deviations where residuals are larger, so that ordinary noise is treated as in least
squares and outliers count linearly. Intervals come from a parametric bootstrap: new losses are drawn from
the fit, with noise within and between runs as the residuals show it (but at least the measured noise
between repeated runs), and fitted again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.law import Estimate, NotEnoughPilots, refusal
from rewarm.laws.least_squares import minimize
from rewarm.laws.noise import within_and_between
from rewarm.laws.points import Points

Array = NDArray[np.float64]
STARTS, SURVIVORS = 48, 6
LEAST_DELTA = 1e-3
_TINY = 1e-9


@dataclass(frozen=True)
class Parameter:
    """
    Attributes:
        low, high: bounds; equal bounds fix the parameter.
        log: searched on a logarithmic scale; needs low > 0.
        each_share: one value per source instead of one value.
        start: where starts are drawn from; the bounds by default.
    """

    name: str
    low: float
    high: float
    log: bool = True
    each_share: bool = False
    start: tuple[float, float] | None = None


Values = Mapping[str, Array]
Predict = Callable[[Values, Points], Array]


@dataclass(frozen=True)
class Formula:
    """A law given by a formula.

    Attributes:
        parameters: for given inputs; a column that does not vary fixes the parameters that it would need.
        predict: from parameters, each float64 [batch, 1] or [batch, sources], to float64 [batch, rows].
    """

    name: str
    source: str
    needs: tuple[str, ...]
    parameters: Callable[[Points], tuple[Parameter, ...]]
    predict: Predict

    def size(self, points: Points) -> int:
        low, high = _bounds(self.parameters(points), points)
        return int((high > low).sum())

    def logs(self, place: Array, points: Points, parameters: tuple[Parameter, ...]) -> Array:
        """float64 [batch, rows]: log losses at places of the search."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            loss = self.predict(_values(place, parameters, points), points)
            logs = np.log(np.clip(np.nan_to_num(loss, nan=1e9, posinf=1e9), _TINY, 1e9))
        return np.asarray(logs, dtype=np.float64)

    def fit(
        self, points: Points, losses: Array, *, noise: float = 0.0, draws: int = 0, seed: int = 0
    ) -> "FittedFormula":
        reason = refusal(self, points)
        if reason:
            raise NotEnoughPilots(f"{self.name}: {reason}")
        parameters = self.parameters(points)
        low, high = _bounds(parameters, points)
        target = np.log(losses)
        rng = np.random.default_rng(seed)
        start = _starts(parameters, points, rng)

        def residuals(place: Array) -> Array:
            return self.logs(place, points, parameters) - target

        # A wide threshold first: far from the optimum, a narrow one makes the problem nearly linear.
        wide = max(LEAST_DELTA, float(np.std(target)))
        place, loss = minimize(residuals, start, low, high, wide, 25)
        best = place[np.argsort(loss)[:SURVIVORS]]
        place, loss = minimize(residuals, best, low, high, wide, 150)
        chosen = place[np.argmin(loss)][None]
        delta = wide
        for _ in range(3):
            found = residuals(chosen)[0]
            delta = max(LEAST_DELTA, 1.35 * 1.4826 * float(np.median(np.abs(found))))
            chosen, _ = minimize(residuals, chosen, low, high, delta, 150)
        found = residuals(chosen)[0]
        free = int((high > low).sum())
        inner, outer = within_and_between(np.clip(found, -4 * delta, 4 * delta), points.runs)
        freedom = max(1, len(np.unique(points.distinct())) - free)
        widen = float(np.sqrt(len(found) / max(1, len(found) - free)))
        inner, outer = inner * widen, outer * widen
        if np.hypot(inner, outer) < noise:
            outer = float(np.sqrt(noise**2 - inner**2))
        fitted = FittedFormula(self, parameters, points.names, chosen, inner, outer, freedom)
        if not draws:
            return fitted
        logs = self.logs(chosen, points, parameters)[0]
        spread = fitted.spread(draws, rng)
        target = logs + spread[:, None] * fitted.errors(points, draws, rng)
        drawn = np.repeat(chosen, draws, axis=0)
        drawn, _ = minimize(residuals, drawn, low, high, delta, 12)
        return replace(fitted, places=np.concatenate([chosen, drawn]))


@dataclass(frozen=True)
class FittedFormula:
    """
    Attributes:
        names: the sources of the mix.
        places: float64 [1 + draws, parameters], the fit and its bootstrap draws.
        inner, outer: standard deviations of log losses within and between runs.
        freedom: degrees of freedom of these deviations.
    """

    law: Formula
    parameters: tuple[Parameter, ...]
    names: tuple[str, ...]
    places: Array
    inner: float
    outer: float
    freedom: int

    def predict(self, points: Points) -> Array:
        predicted: Array = np.exp(self.law.logs(self.places[:1], points, self.parameters))[0]
        return predicted

    def expected(self, points: Points, seed: int) -> Array:
        count = max(1, len(self.places) - 1)
        return np.asarray(np.exp(self.law.logs(self.places[-count:], points, self.parameters)))

    def draws(self, points: Points, seed: int) -> Array:
        expected = self.expected(points, seed)
        rng = np.random.default_rng(seed)
        errors = self.errors(points, len(expected), rng)
        return np.asarray(expected * np.exp(self.spread(len(expected), rng)[:, None] * errors))

    def estimates(self) -> list[Estimate]:
        names, logs = _names(self.parameters, self.names)
        value = np.where(logs, np.exp(self.places), self.places)
        low, high = np.percentile(value[1:] if len(value) > 1 else value, [5, 95], axis=0)
        return [
            Estimate(*row) for row in zip(names, value[0].tolist(), low.tolist(), high.tolist(), strict=True)
        ]

    def spread(self, count: int, rng: np.random.Generator) -> Array:
        """float64 [count]: factors for the uncertainty of the noise itself (Student's t)."""
        factors: Array = np.sqrt(self.freedom / rng.chisquare(self.freedom, count))
        return np.minimum(factors, 10.0)

    def errors(self, points: Points, count: int, rng: np.random.Generator) -> Array:
        """float64 [count, rows]: errors of log losses; rows of one run share a part."""
        _, run = np.unique(points.runs, return_inverse=True)
        shared = rng.standard_normal((count, run.max() + 1 if len(run) else 0))[:, run]
        return self.outer * shared + self.inner * rng.standard_normal((count, len(points)))


def _sizes(parameters: tuple[Parameter, ...], points: Points) -> list[int]:
    return [points.shares.shape[1] if one.each_share else 1 for one in parameters]


def _bounds(parameters: tuple[Parameter, ...], points: Points) -> tuple[Array, Array]:
    """float64 [places] twice, on the scale of the search."""
    low, high = [], []
    for one, size in zip(parameters, _sizes(parameters, points), strict=True):
        low += [np.log(one.low) if one.log else one.low] * size
        high += [np.log(one.high) if one.log else one.high] * size
    return np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)


def prior(
    parameters: tuple[Parameter, ...], points: Points, rng: np.random.Generator, draws: int
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Parameters drawn from the ranges from which fits start, on the scale of the search.

    Returns:
        float64 [draws, places], the draws; float64 [places], the width of each range; which are free.
    """
    low, high = _bounds(parameters, points)
    ranges = [one.start or (one.low, one.high) for one in parameters]
    narrowed = [
        replace(one, low=least, high=most) for one, (least, most) in zip(parameters, ranges, strict=True)
    ]
    first, last = _bounds(tuple(narrowed), points)
    return rng.uniform(first, last, (draws, len(low))), last - first, high > low


def _starts(parameters: tuple[Parameter, ...], points: Points, rng: np.random.Generator) -> Array:
    columns = []
    for one, size in zip(parameters, _sizes(parameters, points), strict=True):
        low, high = one.start or (one.low, one.high)
        if one.log:
            low, high = np.log(low), np.log(high)
        columns.append(rng.uniform(low, high, (STARTS, size)))
    return np.concatenate(columns, axis=1)


def _values(place: Array, parameters: tuple[Parameter, ...], points: Points) -> dict[str, Array]:
    values, first = {}, 0
    for one, size in zip(parameters, _sizes(parameters, points), strict=True):
        part = place[:, first : first + size]
        values[one.name] = np.exp(part) if one.log else part
        first += size
    return values


def _names(
    parameters: tuple[Parameter, ...], sources: tuple[str, ...]
) -> tuple[list[str], NDArray[np.bool_]]:
    names, logs = [], []
    for one in parameters:
        names += [f"{one.name}.{name}" for name in sources] if one.each_share else [one.name]
        logs += [one.log] * (len(sources) if one.each_share else 1)
    return names, np.array(logs)
