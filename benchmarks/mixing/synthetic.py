"""Losses that each law made itself, with a known noise between runs: do 90 % intervals cover 90 %?

For each law: pilots at a design, of which one mix is run `REPEATS` times, so that the noise is measured and
not given. The law is fitted with its intervals, and new runs at other inputs are drawn from the truth with
the same noise. The value is the share of new losses within the interval, over all draws and inputs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.formula import Formula
from rewarm.laws.law import interval
from rewarm.laws.noise import seed_noise
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules

Array = NDArray[np.float64]
NOISE, REPEATS = 0.002, 4
SHARES, TOKENS = (0.02, 0.1, 0.25, 0.5, 0.75, 0.95), (1e7, 4e7, 1.6e8)
D0 = 4e7


@dataclass(frozen=True)
class Case:
    """pilots, new: inputs; loss: the expected losses there."""

    name: str
    pilots: Points
    new: Points
    loss: Callable[[Points], Array]


def pairs(
    shares: tuple[float, ...], tokens: tuple[float, ...], third: tuple[str, Array] | None = None
) -> Points:
    own, length = (axis.ravel() for axis in np.meshgrid(shares, tokens, indexing="ij"))
    # The last mix again, as repeated runs.
    own = np.concatenate([own, np.full(REPEATS - 1, own[-1])])
    length = np.concatenate([length, np.full(REPEATS - 1, length[-1])])
    columns = {"tokens": length}
    if third:
        values = np.resize(third[1], len(own))
        values[-REPEATS:] = values[-REPEATS]
        columns[third[0]] = values
    return Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, columns)


def simplex(rows: int, seed: int, *, tokens: bool) -> Points:
    rng = np.random.default_rng(seed)
    mixes = rng.dirichlet(np.ones(4), rows)
    mixes = np.concatenate([mixes, np.repeat(mixes[-1:], REPEATS - 1, axis=0)])
    length = np.resize(np.array(TOKENS), len(mixes))
    length[-REPEATS:] = TOKENS[1]
    return Points(("a", "b", "c", "d"), mixes, 0, {"tokens": length} if tokens else {})


def curves(*kinds: tuple[str, int]) -> Points:
    every = tuple(_rates(*kind) for kind in kinds)
    run = np.concatenate([np.full(len(one[60::60]), place) for place, one in enumerate(every)])
    step = np.concatenate([np.arange(len(one))[60::60] for one in every])
    found = Schedules(every, run.astype(np.int64), step.astype(np.int64))
    return Points(("all",), np.ones((len(run), 1)), schedules=found, run=np.arange(len(run)))


def _rates(kind: str, length: int) -> Array:
    share = np.arange(length) / length
    shapes = {
        "constant": np.ones(length),
        "cosine": 0.55 + 0.45 * np.cos(np.pi * share),
        "step": np.where(share < 0.4, 1.0, 0.3),
        "decay": np.where(share < 0.7, 1.0, np.maximum(0.1, 1 - 3 * (share - 0.7))),
    }
    out = 3e-4 * shapes[kind]
    out[:50] *= (np.arange(50) + 1) / 50
    return np.asarray(out)


def of_law(name: str, pilots: Points, new: Points, **values: float | list[float]) -> Case:
    law = BY_NAME[name]
    assert isinstance(law, Formula)
    arrays = {key: np.atleast_2d(np.asarray(value, dtype=np.float64)) for key, value in values.items()}
    return Case(name, pilots, new, lambda points: law.predict(arrays, points)[0])


def cases() -> Iterator[Case]:
    sizes, unique = np.array([5e7, 2e8]), np.array([2e6, 8e6])
    first, drop = np.array([1.9, 2.3, 2.6, 3.1, 2.1]), np.array([0.05, 0.2, 0.1, 0.3, 0.15])
    new = (0.05, 0.4, 0.85), (2e7, 1e8)
    dcpt = dict(
        E=1.2, A=0.4, alpha=0.3, B=0.5, eta=0.4, beta=0.3, C=0.2, epsilon=0.1, gamma=0.5, N0=1e8, D0=D0
    )
    yield of_law("dcpt", pairs(SHARES, TOKENS, ("size", sizes)), pairs(*new, ("size", sizes)), **dcpt)
    pilots, other = (pairs(*axes, ("initial_loss", first)) for axes in ((SHARES, TOKENS), new))
    for points in (pilots, other):
        points.columns["early_drop"] = drop[np.searchsorted(np.sort(first), points.columns["initial_loss"])]
    yield of_law("cross-domain dcpt", pilots, other, **{**dcpt, "A": 0.0}, F=0.5, mu=0.8, w=2.0, k0=2.4)
    pilots, other = pairs(SHARES, TOKENS), pairs(*new)
    yield of_law("cmr", pilots, other, b=2.3, a=0.1, p=1.4, s=0.25, g=0.15, q=0.5, u=0.4, D0=D0)
    yield of_law("shift + learning", pilots, other, b=2.4, S=0.2, p=1.5, tau=0.6, G=0.3, q=0.5, omega=0.5,
                 delta=0.5, D0=D0)  # fmt: skip
    yield of_law("forgetting", pilots, other, L0=2.3, A=0.4, beta=0.3, B=40, alpha=0.6, N0=1, D0=D0)
    pilots, other = pairs(SHARES, TOKENS, ("unique_tokens", unique)), pairs(*new, ("unique_tokens", unique))
    yield of_law("repetition", pilots, other, **{"E": 1.5, "B": 0.6, "beta": 0.25, "R*": 8.0, "D0": 4e6})
    t, gamma, c = [-0.5, 0.3, 0.1, 0.6], [0.4, 0.6, 0.9, 0.3], [1.5, 0.8, 0.3, 0.5]
    yield of_law("exponential", simplex(40, 0, tokens=False), simplex(20, 1, tokens=False), c=1.5, t=t)
    pilots, other = simplex(60, 0, tokens=True), simplex(20, 1, tokens=True)
    shared = dict(E=1.0, C=c, gamma=gamma, alpha=1.0, N0=1.0, beta=0.3, D0=D0)
    yield of_law("additive mixture", pilots, other, **shared, A=0.0, B=0.4)
    yield of_law("joint mixture", pilots, other, **shared, A=[0.0] * 4, p=1.0, B=[0.2, 0.5, 0.9, 0.4], q=1.2)
    yield Case("gaussian process", simplex(60, 0, tokens=False), simplex(20, 1, tokens=False),
               lambda of: 2 + np.exp(-2 * of.shares[:, 0]) + 0.3 * of.shares[:, 1] ** 2)  # fmt: skip
    runs = curves(("constant", 2000), ("cosine", 2000), ("step", 1500)), curves(("decay", 2000))
    yield of_law(
        "multi-power", *runs, L0=2.5, A=0.3, alpha=0.5, B=0.2, C=300, beta=0.5, gamma=0.6, l0=3e-4, S0=0.6
    )
    yield of_law("cpt dynamics", *runs, L0=2.2, A=0.3, S_pt=2.0, alpha=0.4, C=0.05, B=0.3, p=1e-9, F=10,
                 beta=0.6, S0=0.6, S20=0.2)  # fmt: skip


def coverage(case: Case, draws: int) -> float:
    """The share of new losses within the 90 % interval."""
    law = BY_NAME[case.name]
    expected, target = case.loss(case.pilots), case.loss(case.new)
    covered = []
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        losses = expected * np.exp(NOISE * rng.standard_normal(len(expected)))
        measured = seed_noise(case.pilots, losses) or 0.0
        fitted = law.fit(case.pilots, losses, noise=measured, draws=200, seed=draw)
        low, high = interval(fitted, case.new, seed=draw)
        new = target * np.exp(NOISE * rng.standard_normal(len(target)))
        covered.append(((low <= new) & (new <= high)).mean())
    return float(np.mean(covered))
