"""Choose the mixes of pilot runs: a D-optimal design for the laws that will be fitted to them.

The information of a run about a law's parameters is J' S^-1 J: J has the derivatives of the log loss at each
measured point of its curve, and S the noise, most of which the points of a run share. A D-optimal design
maximises the determinant of the summed information (Fedorov 1972). Laws are not linear, so it depends on the
parameters, which are not known beforehand: the mean log determinant over parameters drawn from the ranges
from which fits start is used, with these ranges as a prior (Chaloner and Larntz 1989), over several laws and
the loss of every entry of the mix. Mixes are added greedily and then exchanged one by one.

The number of mixes is the smallest at which the 90 % interval of the expected loss is expected to be narrower
than a share of the loss's range over all mixes (the median over draws).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.errors import RewarmError
from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.formula import Formula, prior
from rewarm.laws.points import Points

Array = NDArray[np.float64]
Mix = tuple[float, ...]

LAWS_OF_TWO = ("dcpt", "shift + learning", "forgetting", "exponential")
LAWS_OF_MANY = ("exponential", "joint mixture")
DRAWS = 12
# A share of the loss; two runs of 12k tokens of a model of 135M differ by about as much.
NOISE_BETWEEN, NOISE_WITHIN = 0.003, 0.001
LEAST_MIXES, MOST_MIXES = 5, 24
TARGET_WIDTH = 0.25
_MOST_CANDIDATES = 400
_STEP = 1e-5
_WIDTH = 2 * 1.645


@dataclass(frozen=True)
class Design:
    """
    Attributes:
        mixes: shares of the entries, each sums to 1.
        width: expected 90 % interval of the expected loss as a share of its range over mixes.
        width_uniform: the same of as many evenly spread mixes.
    """

    mixes: tuple[Mix, ...]
    width: float
    width_uniform: float


@dataclass(frozen=True)
class _Model:
    """One law of one loss.

    Attributes:
        root: float64 [draws, candidates, rows, parameters], derivatives of log losses divided by the noise.
        prior: float64 [draws, parameters, parameters], the precision of the ranges of the parameters.
        slopes: float64 [draws, candidates, parameters], derivatives of the final log loss.
        spread: float64 [draws], the range of the final log loss over the candidates.
    """

    root: Array
    prior: Array
    slopes: Array
    spread: Array


def candidates(entries: int, domain: int, low: float, high: float) -> Array:
    """float64 [mixes, entries]: a lattice of the simplex with the domain's share from `low` to `high`."""
    if entries == 2:
        own = np.linspace(low, high, 1 + max(4, round((high - low) / 0.05)))
        return np.stack([own, 1 - own] if domain == 0 else [1 - own, own], axis=1)
    parts = 10
    while parts > 3 and _lattice_size(parts, entries) > _MOST_CANDIDATES:
        parts -= 1
    points = [
        np.diff(np.array([-1, *cut, parts + entries - 1])) - 1
        for cut in itertools.combinations(range(parts + entries - 1), entries - 1)
    ]
    lattice = np.array(points, dtype=np.float64) / parts
    # The domain's share is moved into its range; the others keep their proportions.
    own = low + (high - low) * lattice[:, domain]
    others = np.delete(lattice, domain, axis=1)
    total = others.sum(axis=1, keepdims=True)
    others = np.where(total > 0, others / np.where(total > 0, total, 1), 1 / (entries - 1))
    mixes = np.insert(others * (1 - own)[:, None], domain, own, axis=1)
    return np.unique(mixes.round(4), axis=0)


def _lattice_size(parts: int, entries: int) -> int:
    size = 1
    for place in range(1, entries):
        size = size * (parts + place) // place
    return size


def choose(
    entries: int,
    domain: int,
    *,
    low: float,
    high: float,
    points: int,
    count: int | None = None,
    keep: Sequence[Mix] = (),
    target: float = TARGET_WIDTH,
) -> Design:
    """The mixes to train.

    Args:
        entries: of the mix; domain: the place of the one to learn.
        low, high: range of the domain's share.
        points: measured points of each run's curve, evenly spaced.
        count: number of mixes; None for the smallest with the target width.
        keep: mixes that were trained before and stay in the design.

    Raises:
        RewarmError: fewer mixes than a law of so many entries needs, or more than there are.
    """
    if not 0 <= low < high <= 1:
        raise RewarmError(f"--range: {low:g}:{high:g} is not a range of shares, as in 0.05:0.95")
    mixes = candidates(entries, domain, low, high)
    least = max(LEAST_MIXES, entries + 2)
    if count is not None and not least <= count <= len(mixes):
        raise RewarmError(f"--mixes: {count} is not from {least} to {len(mixes)} for {entries} entries")
    near = [_nearest(mixes, mix) for mix in keep]
    kept = list(dict.fromkeys(place for place in near if place is not None))
    models = _models(mixes, points)
    if count is not None:
        chosen = _exchanged(models, kept[:count], count)
        return _design(mixes, models, chosen)
    for size in range(max(least, len(kept)), MOST_MIXES + 1):
        chosen = _exchanged(models, kept, min(size, len(mixes)))
        if _width(models, chosen) <= target or size >= len(mixes):
            break
    return _design(mixes, models, chosen)


def _design(mixes: Array, models: list[_Model], chosen: list[int]) -> Design:
    places = np.linspace(0, len(mixes) - 1, len(chosen)).round().astype(int)
    rows = sorted(tuple(float(share) for share in mixes[place].round(4)) for place in chosen)
    return Design(tuple(rows), _width(models, chosen), _width(models, places.tolist()))


def _nearest(mixes: Array, mix: Mix) -> int | None:
    if len(mix) != mixes.shape[1]:
        return None
    far = np.abs(mixes - np.array(mix)).max(axis=1)
    return int(far.argmin()) if far.min() < 1e-3 else None


def _models(mixes: Array, points: int) -> list[_Model]:
    entries = mixes.shape[1]
    names = LAWS_OF_TWO if entries == 2 else LAWS_OF_MANY
    rng = np.random.default_rng(0)
    parts = (np.arange(points) + 1.0) / points
    between = NOISE_BETWEEN**2 * np.ones((points, points)) + NOISE_WITHIN**2 * np.eye(points)
    whiten = np.linalg.inv(np.linalg.cholesky(between))
    found = []
    for name in names:
        law = BY_NAME[name]
        assert isinstance(law, Formula)
        for own in range(entries if "own" in law.needs else 1):
            shares = np.repeat(mixes, points, axis=0)
            inputs = Points(
                tuple(map(str, range(entries))), shares, own, {"tokens": np.tile(parts, len(mixes))}
            )
            found.append(_model(law, inputs, len(mixes), whiten, rng))
    return found


def _model(law: Formula, inputs: Points, mixes: int, whiten: Array, rng: np.random.Generator) -> _Model:
    start, width, free = prior(law.parameters(inputs), inputs, rng, DRAWS)
    parameters = law.parameters(inputs)
    logs = law.logs(start, inputs, parameters)
    columns = []
    for place in np.flatnonzero(free):
        moved = start.copy()
        moved[:, place] += _STEP
        columns.append((law.logs(moved, inputs, parameters) - logs) / _STEP)
    slopes = np.stack(columns, axis=-1).reshape(len(start), mixes, len(whiten), -1)
    precision = np.broadcast_to(np.diag(12 / width[free] ** 2), (len(start), len(columns), len(columns)))
    final = logs.reshape(len(start), mixes, -1)[:, :, -1]
    return _Model(whiten @ slopes, precision, slopes[:, :, -1], np.ptp(final, axis=1))


def _information(model: _Model, chosen: Sequence[int]) -> Array:
    """float64 [draws, parameters, parameters]."""
    root = model.root[:, list(chosen)].reshape(len(model.root), -1, model.root.shape[-1])
    return np.asarray(model.prior + np.swapaxes(root, 1, 2) @ root)


def _value(models: list[_Model], chosen: Sequence[int]) -> float:
    """The mean log determinant, divided by the number of parameters so that laws weigh alike."""
    return float(
        np.mean(
            [
                np.linalg.slogdet(_information(model, chosen))[1].mean() / model.root.shape[-1]
                for model in models
            ]
        )
    )


def _width(models: list[_Model], chosen: Sequence[int]) -> float:
    """The median over laws, losses and draws of the widest 90 % interval as a share of the range."""
    widths = []
    for model in models:
        covariance = np.linalg.inv(_information(model, chosen))
        variance = np.einsum("dcp,dpq,dcq->dc", model.slopes, covariance, model.slopes).max(axis=1)
        # A loss that hardly depends on the mix needs no design.
        counts = model.spread > 3 * NOISE_BETWEEN
        widths.append(_WIDTH * np.sqrt(variance[counts]) / model.spread[counts])
    return float(np.median(np.concatenate(widths)))


def _exchanged(models: list[_Model], kept: list[int], count: int) -> list[int]:
    chosen = list(kept)
    size = models[0].root.shape[1]

    def best(others: list[int]) -> tuple[float, int]:
        return max((_value(models, [*others, place]), -place) for place in range(size) if place not in others)

    while len(chosen) < count:
        chosen.append(-best(chosen)[1])
    value = _value(models, chosen)
    for _ in range(4):
        before = value
        for at in range(len(kept), count):
            others = [*chosen[:at], *chosen[at + 1 :]]
            found, place = best(others)
            if found > value + 1e-9:
                chosen[at], value = -place, found
        if value <= before + 1e-9:
            break
    return chosen
