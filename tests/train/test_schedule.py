"""Every shape against its paper's formula, written out here with the paper's symbols.

Papers number updates from 1: update n of them is `rate(n - 1)`.
"""

from itertools import pairwise
from math import cos, exp, log, pi, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.train.schedule import Schedule, of_stage

SHAPES = ["constant", "linear", "cosine", "sqrt", "exponential", "wsd", "infinite"]
FALLS = ["linear", "cosine", "sqrt", "exponential"]
PEAK, FINAL = 3e-4, 3e-5


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    warmup, rest, decay = draw(st.integers(0, 20)), draw(st.integers(1, 60)), draw(st.integers(0, 60))
    return Schedule(
        draw(st.sampled_from(SHAPES)),
        PEAK,
        FINAL,
        warmup + rest,
        warmup,
        min(decay, rest),
        draw(st.sampled_from(FALLS)),
        draw(st.sampled_from([0.0, FINAL, PEAK])),
    )


def rates(schedule: Schedule) -> list[float]:
    return [schedule.rate(update) for update in range(schedule.updates)]


@given(schedules())
def test_rates_rise_to_the_peak_then_never_rise_again(schedule: Schedule) -> None:
    found = rates(schedule)
    rising, falling = found[: schedule.warmup], found[schedule.warmup :]
    assert rising == sorted(rising)
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(falling))
    assert min(found) > 0 and max(found) <= PEAK * (1 + 1e-12)
    if schedule.warmup:
        assert rising[-1] == pytest.approx(PEAK)
    if schedule.shape != "constant" and (schedule.shape != "wsd" or schedule.decay):
        assert found[-1] == pytest.approx(FINAL)


@given(schedules(), st.integers(2, 5))
def test_the_longer_the_stage_the_smaller_the_largest_change(schedule: Schedule, times: int) -> None:
    """Continuity: no jump in the curve, so changes shrink with the grid; a square root's as its root."""
    if schedule.shape in ("wsd", "infinite") and not schedule.decay:
        return

    def largest(stretch: int) -> float:
        long = Schedule(
            schedule.shape,
            schedule.peak,
            schedule.final,
            schedule.updates * stretch,
            schedule.warmup * stretch,
            schedule.decay * stretch,
            schedule.fall,
            schedule.start,
        )
        found = [schedule.start if schedule.warmup else PEAK, *rates(long)]
        return max(abs(after - before) for before, after in pairwise(found))

    # An exponential fall over one update may bend away from its chord; hence 1.5.
    assert largest(times * times) <= 1.5 * largest(1) / times + 1e-15


@given(st.integers(1, 40), st.integers(1, 40))
def test_warmup_is_a_straight_line_from_its_start(warmup: int, rest: int) -> None:
    schedule = Schedule("constant", PEAK, PEAK, warmup + rest, warmup)
    assert rates(schedule)[:warmup] == pytest.approx([PEAK * n / warmup for n in range(1, warmup + 1)])
    after = Schedule("constant", PEAK, PEAK, warmup + rest, warmup, start=FINAL)
    line = [FINAL + (PEAK - FINAL) * n / warmup for n in range(1, warmup + 1)]
    assert rates(after)[:warmup] == pytest.approx(line)


def test_a_stage_that_begins_lower_glides_down_to_its_peak() -> None:
    schedule = Schedule("constant", FINAL, FINAL, 10, 4, start=PEAK)
    found = rates(schedule)
    assert found == sorted(found, reverse=True) and found[0] < PEAK
    assert found[3:] == pytest.approx([FINAL] * 7)


def test_cosine_equals_loshchilov_and_hutter() -> None:
    # 1608.03983, eq. 5: eta_t = eta_min + (eta_max - eta_min) (1 + cos(pi T_cur / T_i)) / 2
    T_i = 90
    expected = [FINAL + 0.5 * (PEAK - FINAL) * (1 + cos(pi * T_cur / T_i)) for T_cur in range(1, T_i + 1)]
    assert rates(Schedule("cosine", PEAK, FINAL, 100, 10))[10:] == pytest.approx(expected, rel=1e-12)


def test_linear_equals_a_straight_line() -> None:
    N = 80
    expected = [PEAK * (1 - n / N) + FINAL * n / N for n in range(1, N + 1)]
    assert rates(Schedule("linear", PEAK, FINAL, N)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("form", ["sqrt", "linear"])
def test_wsd_equals_haegele(form: str) -> None:
    # 2405.18392, section 3: n / N_warmup, then 1, then f(n, N, N_decay), all times the maximum:
    # f = 1 - (n - (N - N_decay)) / N_decay, or with the square root of that quotient; it falls to zero.
    N, N_warmup, N_decay = 200, 12, 40

    def f(n: int) -> float:
        quotient = (n - (N - N_decay)) / N_decay
        return 1 - sqrt(quotient) if form == "sqrt" else 1 - quotient

    expected = [
        PEAK * (n / N_warmup if n < N_warmup else 1 if n <= N - N_decay else f(n)) for n in range(1, N + 1)
    ]
    found = rates(Schedule("wsd", PEAK, 0.0, N, N_warmup, N_decay, form))
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-18)


def test_wsd_equals_hu_with_a_half_life() -> None:
    # 2404.06395, section 4: s / W eta, then eta, then 0.5^((s - S) / T) eta: a halving every T updates.
    W, stable, halving, halvings = 10, 120, 8, 4
    N = stable + halving * halvings
    expected = [
        PEAK * (s / W if s < W else 1 if s <= stable else 0.5 ** ((s - stable) / halving))
        for s in range(1, N + 1)
    ]
    found = rates(Schedule("wsd", PEAK, PEAK / 2**halvings, N, W, N - stable, "exponential"))
    assert found == pytest.approx(expected, rel=1e-12)


def test_infinite_and_its_anneal_equal_ibrahim() -> None:
    # 2403.08763, infinite schedules: warm-up; cosine cool-down from eta_max to eta_const; constant;
    # annealing eta_const (eta_min / eta_const)^((t - t_ann) / (t_end - t_ann)).
    eta_max, eta_const, eta_min = 3e-4, 1.65e-4, 3e-5
    t_cd, t_const, t_ann, t_end = 10, 70, 160, 200

    def eta(t: int) -> float:
        if t <= t_cd:
            return eta_max * t / t_cd
        if t <= t_const:
            return eta_const + (eta_max - eta_const) / 2 * (1 + cos(pi * (t - t_cd) / (t_const - t_cd)))
        if t <= t_ann:
            return eta_const
        return eta_const * exp(log(eta_min / eta_const) * (t - t_ann) / (t_end - t_ann))

    adapt = Schedule("infinite", eta_max, eta_const, t_ann, t_cd, t_const - t_cd)
    anneal = Schedule("exponential", eta_const, eta_min, t_end - t_ann, start=eta_const)
    expected = [eta(t) for t in range(1, t_end + 1)]
    assert rates(adapt) + rates(anneal) == pytest.approx(expected, rel=1e-12)


@given(st.integers(40, 200), st.integers(1, 300))
def test_infinite_goes_on_without_changing_what_was(updates: int, more: int) -> None:
    short = Schedule("infinite", PEAK, FINAL, updates, 10, 30)
    long = Schedule("infinite", PEAK, FINAL, updates + more, 10, 30)
    assert rates(long)[:updates] == rates(short)


@given(
    st.sampled_from(SHAPES),
    st.sampled_from(FALLS),
    st.integers(1, 400),
    st.floats(0, 0.5),
    st.floats(0.001, 0.5),
)
def test_shares_of_any_stage_make_a_schedule_that_ends_at_final(shape, fall, updates, warmup, decay) -> None:
    stage = {"shape": shape, "peak": PEAK, "final": FINAL, "warmup": warmup, "decay": decay}
    found = of_stage({**stage, "decay_shape": fall}, updates, start=FINAL)
    assert found.rate(updates - 1) == pytest.approx(PEAK if shape == "constant" else FINAL)
    assert abs(found.warmup - warmup * updates) <= 1 and found.start == FINAL
    assert not found.decay or found.decay == 1 or abs(found.decay - decay * updates) <= 1


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("cosin", 1.0, 0.0, 4), "shape: 'cosin' is none of constant"),
        (("wsd", 1.0, 0.0, 4, 1, 2, "cubic"), "decay_shape: 'cubic' is none of linear"),
        (("linear", 1.0, 2.0, 4), "final 2.0"),
        (("linear", 1.0, 0.0, 0), "updates: 0"),
        (("wsd", 1.0, 0.0, 4, 3, 2), "warmup 3"),
        (("exponential", 1.0, 0.0, 4), "final 0: an exponential"),
        (("wsd", 1.0, 0.0, 4, 1, 2, "exponential"), "final 0: an exponential"),
        (("linear", 1.0, 0.0, 4, 1, 0, "sqrt", -1.0), "start: -1.0"),
    ],
)
def test_impossible_fields_are_named(fields, message) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(*fields)


@pytest.mark.parametrize("update", [-1, 4])
def test_an_update_outside_the_stage_is_refused(update: int) -> None:
    with pytest.raises(IndexError, match=f"update {update}"):
        Schedule("linear", 1.0, 0.0, 4).rate(update)
