"""Each form recovers the losses that it made itself, within the noise, also at inputs between the pilots."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.formula import Formula
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules

Array = NDArray[np.float64]
SHARES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.0)
TOKENS = (1e7, 3e7, 1e8, 3e8)
D0 = 5.477e7


def losses_of(law: Formula, points: Points, **values: float | list[float]) -> Array:
    arrays = {name: np.atleast_2d(np.asarray(value, dtype=np.float64)) for name, value in values.items()}
    return law.predict(arrays, points)[0]


CASES: dict[str, dict[str, float]] = {
    "dcpt": dict(E=1.2, A=0.4, alpha=0.3, B=0.5, eta=0.4, beta=0.3, C=0.2, epsilon=0.1, gamma=0.5, N0=1e8,
                 D0=D0),
    "cmr": dict(b=2.3, a=0.1, p=1.4, s=0.25, g=0.15, q=0.5, u=0.4, D0=D0),
    "shift + learning": dict(b=2.4, S=0.2, p=1.5, tau=0.6, G=0.3, q=0.5, omega=0.5, delta=0.5, D0=D0),
    "forgetting": dict(L0=2.3, A=0.4, beta=0.3, B=40, alpha=0.6, N0=1e8, D0=D0),
    "repetition": dict(E=1.5, B=0.6, beta=0.25, D0=1e7) | {"R*": 8.0},
}  # fmt: skip


def inputs(name: str, shares: tuple[float, ...], tokens: tuple[float, ...]) -> Points:
    grids = np.meshgrid(shares, tokens, [5e7, 2e8], indexing="ij")
    own, length, third = (axis.ravel() for axis in grids)
    columns = {"tokens": length, "size": third} if name != "repetition" else {
        "tokens": length, "unique_tokens": third / 20,
    }  # fmt: skip
    return Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, columns)


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_form_recovers_its_own_losses_between_the_pilots(name: str) -> None:
    law = BY_NAME[name]
    assert isinstance(law, Formula)
    shares = SHARES[1:] if name == "repetition" else SHARES
    points = inputs(name, shares, TOKENS)
    losses = losses_of(law, points, **CASES[name])
    noisy = losses * np.exp(0.002 * np.random.default_rng(1).standard_normal(len(losses)))
    fitted = law.fit(points, noisy, noise=0.002, draws=0, seed=0)
    between = inputs(name, (0.15, 0.45, 0.8), (2e7, 1.5e8))
    truth = losses_of(law, between, **CASES[name])
    assert np.abs(np.log(fitted.predict(between) / truth)).max() < 0.003


def test_cross_domain_predicts_a_domain_without_pilots() -> None:
    law = BY_NAME["cross-domain dcpt"]
    assert isinstance(law, Formula)
    values = CASES["dcpt"] | dict(A=0.0, F=0.5, mu=0.8, w=2.0, k0=2.5)

    def domains(drops: list[tuple[float, float]]) -> Points:
        parts = [(share, length, first, drop) for first, drop in drops
                 for share in SHARES[1:] for length in TOKENS]  # fmt: skip
        own, length, first, drop = np.array(parts).T
        columns = {"tokens": length, "initial_loss": first, "early_drop": drop}
        return Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, columns)

    known = domains([(1.9, 0.05), (2.3, 0.2), (2.6, 0.1), (3.1, 0.3), (2.8, 0.02), (2.1, 0.15)])
    losses = losses_of(law, known, **values)
    fitted = law.fit(known, losses, noise=0.0, draws=0, seed=0)
    fresh = domains([(2.5, 0.12)])
    assert np.abs(np.log(fitted.predict(fresh) / losses_of(law, fresh, **values))).max() < 0.004


def simplex(rows: int, sources: int, seed: int, tokens: bool = False) -> Points:
    rng = np.random.default_rng(seed)
    columns = {"tokens": rng.choice(np.array(TOKENS), rows)} if tokens else {}
    return Points(tuple("abcdefgh"[:sources]), rng.dirichlet(np.ones(sources), rows), 0, columns)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("exponential", dict(c=1.5, t=[-0.5, 0.3, 0.1, 0.6])),
        ("additive mixture", dict(E=1.0, C=[1.5, 0.8, 0.3, 0.5], gamma=[0.4, 0.6, 0.9, 0.3], A=0, alpha=1,
                                  N0=1, B=0.4, beta=0.3, D0=D0)),
        ("joint mixture", dict(E=1.0, C=[1.5, 0.8, 0.3, 0.5], gamma=[0.4, 0.6, 0.9, 0.3], A=[0, 0, 0, 0],
                               alpha=1, N0=1, p=1, B=[0.2, 0.5, 0.9, 0.4], q=1.2, beta=0.3, D0=D0)),
    ],
)  # fmt: skip
def test_a_law_of_mixes_recovers_its_own_losses(name: str, values: dict[str, float | list[float]]) -> None:
    law = BY_NAME[name]
    assert isinstance(law, Formula)
    tokens = name != "exponential"
    points, between = simplex(120, 4, 0, tokens), simplex(40, 4, 1, tokens)
    noise = np.exp(0.001 * np.random.default_rng(2).standard_normal(len(points)))
    fitted = law.fit(points, losses_of(law, points, **values) * noise, noise=0.001, draws=0, seed=0)
    errors = np.log(fitted.predict(between) / losses_of(law, between, **values))
    assert np.sqrt(np.mean(errors**2)) < 0.002


def test_a_gaussian_process_recovers_a_smooth_loss_and_its_noise() -> None:
    points, between = simplex(150, 4, 0), simplex(50, 4, 1)

    def loss(of: Points) -> Array:
        return np.asarray(2 + np.exp(-2 * of.shares[:, 0]) + 0.3 * of.shares[:, 1] ** 2)

    noise = np.exp(0.003 * np.random.default_rng(2).standard_normal(len(points)))
    fitted = BY_NAME["gaussian process"].fit(points, loss(points) * noise, noise=0.0, draws=0, seed=0)
    assert np.abs(np.log(fitted.predict(between) / loss(between))).mean() < 0.003
    spread = np.log(fitted.draws(between, 0)).std(axis=0)
    assert 0.002 < np.median(spread) < 0.006


def rates(kind: str, length: int) -> Array:
    share = np.arange(length) / length
    shapes: dict[str, Callable[[], Array]] = {
        "constant": lambda: np.ones(length),
        "cosine": lambda: 0.55 + 0.45 * np.cos(np.pi * share),
        "step": lambda: np.where(share < 0.4, 1.0, 0.3),
        "decay": lambda: np.where(share < 0.7, 1.0, np.maximum(0.1, 1 - 3 * (share - 0.7))),
    }
    out = 3e-4 * shapes[kind]()
    out[:50] *= (np.arange(50) + 1) / 50
    return np.asarray(out)


def along(*kinds: tuple[str, int]) -> Points:
    every = tuple(rates(*kind) for kind in kinds)
    run = np.concatenate([np.full(len(one[60::40]), place) for place, one in enumerate(every)])
    step = np.concatenate([np.arange(len(one))[60::40] for one in every])
    found = Schedules(every, run.astype(np.int64), step.astype(np.int64))
    return Points(("all",), np.ones((len(run), 1)), schedules=found, run=run.astype(np.int64))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("multi-power", dict(L0=2.5, A=0.3, alpha=0.5, B=0.2, C=300, beta=0.5, gamma=0.6, l0=3e-4, S0=0.6)),
        ("cpt dynamics", dict(L0=2.2, A=0.3, S_pt=2.0, alpha=0.4, C=0.05, B=0.3, p=1e-9, F=10, beta=0.6,
                              S0=0.6, S20=0.2)),
    ],
)  # fmt: skip
def test_a_law_of_schedules_predicts_another_schedule(name: str, values: dict[str, float]) -> None:
    law = BY_NAME[name]
    assert isinstance(law, Formula)
    points = along(("constant", 2000), ("cosine", 2000), ("step", 1500))
    noise = np.exp(0.0005 * np.random.default_rng(0).standard_normal(len(points)))
    fitted = law.fit(points, losses_of(law, points, **values) * noise, noise=0.0, draws=0, seed=0)
    other = along(("decay", 2000))
    assert np.abs(fitted.predict(other) - losses_of(law, other, **values)).mean() < 0.003
