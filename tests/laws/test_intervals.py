"""Intervals: they cover what they claim, include the noise between runs, and heed runs with many rows."""

import numpy as np
import pytest
from numpy.typing import NDArray

from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.law import NotEnoughPilots, interval, refusal
from rewarm.laws.noise import seed_noise, within_and_between
from rewarm.laws.points import Points

Array = NDArray[np.float64]
REPEATS = 4


def design(shares: tuple[float, ...], tokens: tuple[float, ...]) -> Points:
    """A grid whose last mix is run `REPEATS` times."""
    own, length = (axis.ravel() for axis in np.meshgrid(shares, tokens, indexing="ij"))
    own = np.concatenate([own, np.full(REPEATS - 1, own[-1])])
    length = np.concatenate([length, np.full(REPEATS - 1, length[-1])])
    return Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, {"tokens": length})


PILOTS = design((0.02, 0.1, 0.25, 0.5, 0.75, 0.95), (1e7, 4e7, 1.6e8))
NEW = design((0.05, 0.4, 0.85), (2e7, 1e8))


def truth(points: Points) -> Array:
    other, tokens = 1 - points.own_share, points.columns["tokens"] / 4e7
    return np.asarray(2.3 + 0.1 * other**1.4 * tokens**0.25 - 0.15 * points.own_share**0.5 * tokens**0.4)


@pytest.mark.parametrize("name", ["cmr", "gaussian process"])
def test_90_percent_intervals_cover_new_runs(name: str) -> None:
    covered = []
    for draw in range(30):
        rng = np.random.default_rng(draw)
        losses = truth(PILOTS) * np.exp(0.002 * rng.standard_normal(len(PILOTS)))
        noise = seed_noise(PILOTS, losses)
        assert noise is not None
        fitted = BY_NAME[name].fit(PILOTS, losses, noise=noise, draws=200, seed=draw)
        low, high = interval(fitted, NEW, seed=draw)
        fresh = truth(NEW) * np.exp(0.002 * rng.standard_normal(len(NEW)))
        covered.append(((low <= fresh) & (fresh <= high)).mean())
    assert 0.83 < np.mean(covered) < 0.96


@pytest.mark.parametrize("name", ["cmr", "exponential", "gaussian process"])
def test_no_interval_is_narrower_than_the_noise_between_runs(name: str) -> None:
    # Losses without any noise: residuals alone would claim an exact law.
    fitted = BY_NAME[name].fit(PILOTS, truth(PILOTS), noise=0.01, draws=200, seed=0)
    low, high = interval(fitted, NEW)
    # The central 90 % of a normal distribution is 3.29 standard deviations wide.
    assert (np.log(high / low) > 0.8 * 3.29 * 0.01).all()


def test_parameters_are_drawn_again_for_each_bootstrap_sample() -> None:
    losses = truth(PILOTS) * np.exp(0.005 * np.random.default_rng(0).standard_normal(len(PILOTS)))
    fitted = BY_NAME["cmr"].fit(PILOTS, losses, noise=0.005, draws=100, seed=0)
    spread = np.log(fitted.expected(NEW, 0)).std(axis=0)
    # A mean over about as many rows as each parameter has: a third of the noise, not all of it and not none.
    assert (spread > 0.001).all() and (spread < 0.01).all()


def test_the_noise_is_that_of_repeated_rows_only() -> None:
    losses = np.concatenate([np.linspace(1, 3, 17), np.exp([0.01, -0.01, 0.01, -0.01])])
    assert seed_noise(PILOTS, losses) == pytest.approx(np.std([0.01, -0.01] * 2, ddof=1))
    assert seed_noise(PILOTS.take(np.arange(17)), losses[:17]) is None


def test_rows_of_one_run_share_their_error() -> None:
    rng = np.random.default_rng(0)
    runs = np.repeat(np.arange(200), 10)
    residuals = 0.02 * rng.standard_normal(200)[runs] + 0.005 * rng.standard_normal(2000)
    inner, outer = within_and_between(residuals, runs)
    assert inner == pytest.approx(0.005, rel=0.1) and outer == pytest.approx(0.02, rel=0.15)
    alone = within_and_between(residuals, np.arange(2000))
    assert alone[1] == 0 and alone[0] == pytest.approx(np.sqrt(np.mean(residuals**2)))


def test_one_outlier_does_not_move_the_fit() -> None:
    losses = truth(PILOTS)
    fitted = BY_NAME["cmr"].fit(PILOTS, losses, noise=0.0, draws=0, seed=0)
    losses[4] *= 1.5
    moved = BY_NAME["cmr"].fit(PILOTS, losses, noise=0.0, draws=0, seed=0)
    assert np.abs(np.log(moved.predict(NEW) / fitted.predict(NEW))).max() < 0.004


def test_fewer_rows_than_parameters_are_refused() -> None:
    few = PILOTS.take(np.arange(7))
    law = BY_NAME["cmr"]
    assert "7 parameters, 7 different rows; needs 8" in str(refusal(law, few))
    with pytest.raises(NotEnoughPilots, match="cmr: not enough pilots to say"):
        law.fit(few, truth(few), noise=0.0, draws=0, seed=0)
    # Repeating a run adds nothing that determines parameters.
    again = few.take(np.tile(np.arange(7), 3))
    assert refusal(law, again) is not None


def test_as_many_mixes_as_sources_are_refused() -> None:
    mixes = np.repeat(np.eye(3), 6, axis=0)
    points = Points(("a", "b", "c"), mixes, None, {"tokens": np.tile(np.geomspace(1e6, 1e8, 6), 3)})
    for name in ("exponential", "additive mixture", "gaussian process"):
        assert "3 different mixes of 3 sources; needs 4" in str(refusal(BY_NAME[name], points))


def test_a_constant_column_fixes_the_parameters_that_it_would_need() -> None:
    law = BY_NAME["cmr"]
    rows = PILOTS.take(np.flatnonzero(PILOTS.columns["tokens"] == 4e7))
    assert law.size(rows) == law.size(PILOTS) - 2
    assert not rows.varies("tokens") and PILOTS.varies("tokens")


def test_trees_recover_a_step_and_widen_by_their_held_out_error() -> None:
    rng = np.random.default_rng(0)
    mixes = rng.dirichlet(np.ones(3), 300)
    points = Points(("a", "b", "c"), mixes)
    losses = np.where(mixes[:, 0] > 0.4, 2.0, 2.5) * np.exp(0.01 * rng.standard_normal(300))
    fitted = BY_NAME["boosted trees"].fit(
        points.take(np.arange(250)), losses[:250], noise=0.0, draws=1, seed=0
    )
    new = points.take(np.arange(250, 300))
    assert np.median(np.abs(np.log(fitted.predict(new) / losses[250:]))) < 0.02
    low, high = interval(fitted, new)
    assert 0.8 < ((low <= losses[250:]) & (losses[250:] <= high)).mean() <= 1
