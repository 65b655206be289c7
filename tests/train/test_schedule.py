import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.train.schedule import Schedule

SHAPES = ["constant", "linear", "cosine", "wsd"]


@given(st.sampled_from(SHAPES), st.integers(0, 20), st.integers(1, 60), st.integers(0, 60))
def test_rates_rise_to_the_peak_then_never_rise_again(shape, warmup, rest, decay) -> None:
    schedule = Schedule(shape, 3e-4, 3e-5, warmup + rest, warmup, min(decay, rest))
    rates = [schedule.rate(step) for step in range(schedule.steps)]
    assert rates[:warmup] == sorted(rates[:warmup])
    assert rates[warmup:] == sorted(rates[warmup:], reverse=True)
    assert min(rates) > 0 and max(rates) <= 3e-4 * (1 + 1e-12)
    if warmup:
        assert rates[warmup - 1] == pytest.approx(3e-4)
    if shape in ("linear", "cosine") or (shape == "wsd" and schedule.decay):
        assert rates[-1] == pytest.approx(3e-5)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("constant", [1, 1, 1, 1]),
        ("linear", [0.75, 0.5, 0.25, 0]),
        ("cosine", [0.8535534, 0.5, 0.1464466, 0]),
        ("wsd", [0.5, 0.2928932, 0.1339746, 0]),
    ],
)
def test_equals_the_formula_by_hand(shape, expected) -> None:
    schedule = Schedule(shape, 1.0, 0.0, 4, decay=4 if shape == "wsd" else 0)
    assert [schedule.rate(step) for step in range(4)] == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("cosin", 1.0, 0.0, 4), "'cosin' is none of constant"),
        (("linear", 1.0, 2.0, 4), "final 2.0"),
        (("linear", 1.0, 0.0, 0), "steps: 0"),
        (("wsd", 1.0, 0.0, 4, 3, 2), "warmup 3"),
    ],
)
def test_impossible_fields_are_named(fields, message) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(*fields)


def test_a_step_outside_the_stage_is_refused() -> None:
    with pytest.raises(IndexError, match="step 4"):
        Schedule("linear", 1.0, 0.0, 4).rate(4)
