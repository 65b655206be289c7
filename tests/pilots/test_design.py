"""The design of pilots: mixes in range, better than even ones, and stable when it grows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewarm.errors import RewarmError
from rewarm.pilots import design


@settings(max_examples=25)
@given(
    st.integers(2, 5),
    st.data(),
    st.floats(0, 0.45).map(lambda x: round(x, 3)),
    st.floats(0.55, 1).map(lambda x: round(x, 3)),
)
def test_candidates_are_mixes_with_the_domain_in_its_range(
    entries: int, data: st.DataObject, low: float, high: float
) -> None:
    domain = data.draw(st.integers(0, entries - 1))
    mixes = design.candidates(entries, domain, low, high)
    assert mixes.shape[1] == entries and len(mixes) >= design.LEAST_MIXES
    assert np.allclose(mixes.sum(axis=1), 1, atol=1e-3) and mixes.min() >= 0
    own = mixes[:, domain]
    assert own.min() == pytest.approx(low, abs=1e-4) and own.max() == pytest.approx(high, abs=1e-4)
    assert len(np.unique(mixes, axis=0)) == len(mixes)


def test_a_design_is_not_improved_by_any_exchange() -> None:
    mixes = design.candidates(2, 0, 0.05, 0.95)
    models = design._models(mixes, 4)
    chosen = design._exchanged(models, [], 5)
    best = design._value(models, chosen)
    for at in range(5):
        for place in set(range(len(mixes))) - set(chosen):
            other = [*chosen[:at], place, *chosen[at + 1 :]]
            assert design._value(models, other) <= best + 1e-9
    even = np.linspace(0, len(mixes) - 1, 5).round().astype(int).tolist()
    assert best > design._value(models, even) + 0.01


def test_information_adds_up_over_runs_and_shrinks_the_interval() -> None:
    models = design._models(design.candidates(2, 0, 0.05, 0.95), 4)
    model = models[0]
    one, two = (design._information(model, [place]) - model.prior for place in (2, 15))
    both = design._information(model, [2, 15]) - model.prior
    assert np.allclose(one + two, both)
    widths = [design._width(models, list(range(0, 19, step))) for step in (9, 3, 1)]
    assert widths[0] > widths[1] > widths[2] > 0


def test_the_smallest_design_reaches_the_target() -> None:
    few = design.choose(2, 0, low=0.05, high=0.95, points=4)
    assert len(few.mixes) == design.LEAST_MIXES and few.width <= design.TARGET_WIDTH
    more = design.choose(2, 0, low=0.05, high=0.95, points=4, target=few.width * 0.9)
    assert len(more.mixes) > len(few.mixes) and more.width < few.width


def test_a_larger_design_keeps_the_mixes_that_were_trained() -> None:
    first = design.choose(3, 1, low=0.1, high=0.9, points=3, count=5)
    grown = design.choose(3, 1, low=0.1, high=0.9, points=3, count=8, keep=first.mixes)
    assert set(first.mixes) < set(grown.mixes) and len(grown.mixes) == 8
    again = design.choose(3, 1, low=0.1, high=0.9, points=3, count=8, keep=grown.mixes)
    assert again.mixes == grown.mixes


def test_a_run_with_more_points_of_its_curve_tells_no_less() -> None:
    few, many = (design._models(design.candidates(2, 0, 0.05, 0.95), points) for points in (1, 4))
    assert design._width(many, [0, 5, 9, 13, 18]) < design._width(few, [0, 5, 9, 13, 18])


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"low": 0.9, "high": 0.1}, "--range: 0.9:0.1 is not a range"),
        ({"count": 4}, "--mixes: 4 is not from 5 to 19 for 2 entries"),
        ({"count": 50}, "--mixes: 50 is not from 5 to 19"),
    ],
)
def test_what_cannot_be_designed_is_refused(changed: dict[str, float], words: str) -> None:
    given = {"low": 0.05, "high": 0.95, "points": 3, **changed}
    with pytest.raises(RewarmError, match=words):
        design.choose(2, 0, **given)  # type: ignore[arg-type]
