"""Shapes that a law must have, for any parameters within its bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rewarm.laws.catalogue import BY_NAME
from rewarm.laws.forms.repetition import effective_tokens
from rewarm.laws.formula import Formula, Parameter
from rewarm.laws.points import Points

Array = NDArray[np.float64]
SHARES = np.linspace(0.01, 0.99, 25)


def along_share(tokens: float = 1e8) -> Points:
    columns = {"tokens": np.full(len(SHARES), tokens), "size": np.full(len(SHARES), 1e8)}
    return Points(("domain", "general"), np.stack([SHARES, 1 - SHARES], axis=1), 0, columns)


def along_tokens(share: float = 0.4) -> Points:
    tokens = np.geomspace(1e6, 1e10, 25)
    mixes = np.tile([share, 1 - share], (25, 1))
    return Points(("domain", "general"), mixes, 0, {"tokens": tokens, "size": np.full(25, 1e8)})


def within_bounds(law: Formula, points: Points, seed: int) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {one.name: _draw(one, rng, len(points.names)) for one in law.parameters(points)}


def _draw(one: Parameter, rng: np.random.Generator, sources: int) -> Array:
    low, high = one.start or (one.low, one.high)
    size = (1, sources if one.each_share else 1)
    return np.exp(rng.uniform(np.log(low), np.log(high), size)) if one.log else rng.uniform(low, high, size)


@given(st.integers(0, 10**6))
@settings(deadline=None)
def test_more_tokens_never_raise_the_loss_of_dcpt(seed: int) -> None:
    law = BY_NAME["dcpt"]
    assert isinstance(law, Formula)
    points = along_tokens()
    assert (np.diff(law.predict(within_bounds(law, points, seed), points)[0]) <= 1e-12).all()


@given(st.integers(0, 10**6))
@settings(deadline=None)
@pytest.mark.parametrize("name", ["cmr", "shift + learning", "forgetting"])
def test_a_higher_own_share_never_raises_the_loss(name: str, seed: int) -> None:
    law = BY_NAME[name]
    assert isinstance(law, Formula)
    points = along_share()
    assert (np.diff(law.predict(within_bounds(law, points, seed), points)[0]) <= 1e-12).all()


@given(st.integers(0, 10**6))
@settings(deadline=None)
def test_text_of_others_forgets_more_with_more_tokens(seed: int) -> None:
    law = BY_NAME["forgetting"]
    assert isinstance(law, Formula)
    points = along_tokens()
    assert (np.diff(law.predict(within_bounds(law, points, seed), points)[0]) >= -1e-12).all()


@given(st.floats(1e3, 1e9), st.floats(1e3, 1e9), st.floats(0.3, 100))
def test_effective_tokens_rise_with_tokens_and_stay_below_them(
    tokens: float, unique: float, decay: float
) -> None:
    lengths = np.geomspace(tokens / 10, tokens, 12)
    found = effective_tokens(lengths, np.full(12, unique), decay)
    assert (np.diff(found) >= -1e-6 * tokens).all()
    assert (found <= lengths * (1 + 1e-9)).all()
    assert (found <= unique * (1 + decay) * (1 + 1e-9)).all()
    fresh = lengths <= unique
    np.testing.assert_allclose(found[fresh], lengths[fresh])


@given(st.permutations(range(4)), st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_the_order_of_sources_does_not_matter(order: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    mixes = rng.dirichlet(np.ones(4), 10)
    points = Points(("a", "b", "c", "d"), mixes, None, {"tokens": rng.uniform(1e6, 1e9, 10)})
    moved = Points(tuple("abcd"[place] for place in order), mixes[:, order], None, points.columns)
    for name in ("exponential", "additive mixture", "joint mixture"):
        law = BY_NAME[name]
        assert isinstance(law, Formula)
        values = within_bounds(law, points, seed)
        shuffled = {key: value[:, order] if value.shape[1] == 4 else value for key, value in values.items()}
        np.testing.assert_allclose(law.predict(values, points), law.predict(shuffled, moved), rtol=1e-10)


def test_the_gaussian_process_gradient_is_that_of_its_evidence() -> None:
    from rewarm.laws.forms.gaussian_process import _evidence

    rng = np.random.default_rng(0)
    inputs, target = rng.standard_normal((12, 3)), rng.standard_normal(12)
    hyper = np.array([0.1, -1.0, 0.2, 0.5, -0.3])
    _, slope = _evidence(inputs, target, hyper, 0.01)
    for place in range(len(hyper)):
        step = np.zeros(len(hyper))
        step[place] = 1e-5
        up, down = (_evidence(inputs, target, hyper + sign * step, 0.01)[0] for sign in (1, -1))
        assert slope[place] == pytest.approx((up - down) / 2e-5, rel=1e-4, abs=1e-6)
