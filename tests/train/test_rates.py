import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewarm.recipe import Schedule
from rewarm.train.rates import HIGHEST, LOWEST, adapter_peak_rate, peak_rate, resolve, suiting, too_high

# At least that of every row of the table.
LARGE_BATCH = 4_000_000


@pytest.mark.parametrize(
    ("parameters", "own"),
    # Brown et al. 2020, table 2.1.
    [
        (125e6, 6e-4),
        (350e6, 3e-4),
        (760e6, 2.5e-4),
        (1.3e9, 2e-4),
        (2.7e9, 1.6e-4),
        (6.7e9, 1.2e-4),
        (13e9, 1e-4),
        (175e9, 6e-5),
    ],
)
def test_half_of_the_rate_of_the_table(parameters: float, own: float) -> None:
    peak, why = peak_rate(int(parameters), "strong", LARGE_BATCH)
    assert peak == pytest.approx(own / 2, rel=0.05)
    assert why.startswith(f"{peak:g}: half of the {own:.1e}")


def test_the_limits_are_told() -> None:
    peak, why = peak_rate(2_500_000, "strong", LARGE_BATCH)
    assert peak == HIGHEST == 5e-4
    assert why.startswith("0.0005, the highest that auto takes: half of the ") and "2.5 M" in why
    peak, why = peak_rate(2 * 10**12, "weak", LARGE_BATCH)
    assert peak == LOWEST == 5e-6
    assert why.startswith("5e-06, the lowest that auto takes: a tenth of the ")


@pytest.mark.parametrize(
    ("parameters", "shift", "share", "beyond"),
    [(2_500_000, "strong", 1 / 2, "is more, "), (2 * 10**12, "weak", 1 / 10, "is less, ")],
)
def test_beyond_a_limit_the_wanted_rate_is_told(
    parameters: int, shift: str, share: float, beyond: str
) -> None:
    _, why = peak_rate(parameters, shift, LARGE_BATCH)
    of_the_table = float(why.split(" of the ")[1].split()[0])
    assert float(why.split(beyond)[1]) == pytest.approx(share * of_the_table, rel=0.05)


@pytest.mark.parametrize(
    ("parameters", "usual"),
    # Brown et al. 2020, table 2.1: tokens of an update.
    [
        (125e6, 0.5e6),
        (350e6, 0.5e6),
        (760e6, 0.5e6),
        (1.3e9, 1e6),
        (2.7e9, 1e6),
        (6.7e9, 2e6),
        (13e9, 2e6),
        (175e9, 3.2e6),
    ],
)
def test_smaller_updates_lower_the_rate_by_the_sixth_root(parameters: float, usual: float) -> None:
    full, plain = peak_rate(int(parameters), "strong", int(usual))
    assert "updates of" not in plain
    half, why = peak_rate(int(parameters), "strong", int(usual / 64))
    assert half == pytest.approx(full / 2, rel=0.05)
    assert f"x 0.50 for updates of {int(usual / 64):,} tokens instead of {usual:,.0f}" in why
    # No published run supports a higher rate than the table's.
    assert peak_rate(int(parameters), "strong", int(8 * usual))[0] == full


_SIZES, _BATCHES = st.integers(0, 10**14), st.integers(1, 10**8)


@given(_SIZES, _SIZES, st.sampled_from(["strong", "weak"]), _BATCHES)
def test_a_larger_base_never_gets_a_higher_rate(one: int, other: int, shift: str, batch: int) -> None:
    small, large = sorted((one, other))
    assert LOWEST <= peak_rate(large, shift, batch)[0] <= peak_rate(small, shift, batch)[0] <= HIGHEST


@given(_SIZES, st.sampled_from(["strong", "weak"]), _BATCHES, _BATCHES)
def test_a_larger_update_never_gets_a_lower_rate(size: int, shift: str, one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert peak_rate(size, shift, small)[0] <= peak_rate(size, shift, large)[0]


def _resolved(**fields: object) -> tuple[dict, str]:
    return resolve(Schedule.model_validate(fields).model_dump(mode="json"), 1_300_000_000, LARGE_BATCH)


def test_a_strong_shift_rewarms_to_half_and_falls_to_a_tenth() -> None:
    found, why = _resolved()
    assert (found["peak"], found["final"], found["warmup"]) == (1e-4, pytest.approx(1e-5), 0.01)
    assert why == "0.0001: half of the 2.0e-04 that GPT-3's table gives for 1.3 B parameters; falls to 1e-05"


def test_a_weak_shift_starts_at_the_final_rate_without_warmup() -> None:
    found, why = _resolved(shift="weak")
    assert (found["peak"], found["final"], found["warmup"]) == (2e-5, pytest.approx(2e-7), 0)
    assert "a tenth" in why and "starts at the base's final rate" in why


def test_what_the_recipe_gives_stays() -> None:
    given = {"peak": 1e-4, "final": 2e-6, "warmup": 0.3}
    found, why = _resolved(**given)
    assert {name: found[name] for name in given} == given and why == ""
    assert _resolved(peak=3e-4, shape="infinite")[0]["final"] == pytest.approx(1.65e-4)
    assert "falls" not in _resolved(shape="constant")[1]


def test_a_later_stage_goes_on_where_the_one_before_ended() -> None:
    schedule = Schedule().model_dump(mode="json")
    found, why = resolve(schedule, 1_300_000_000, LARGE_BATCH, before=3e-5)
    assert (found["peak"], found["final"]) == (3e-5, pytest.approx(3e-6))
    assert why == "3e-05, where the stage before ended; falls to 3e-06"
    # After a fall to zero there is nothing to go on from.
    assert resolve(schedule, 1_300_000_000, LARGE_BATCH, before=0.0)[0]["peak"] == 1e-4


def test_the_rate_of_a_pretraining_is_not_too_high_and_thirty_times_auto_is() -> None:
    """SmolLM-135M was pre-trained with 3e-3 at a million tokens, SmolLM3-3B with 2e-4 at 2.4 million."""
    assert 2.8e-3 < too_high(135_000_000, 2**20, False) < 3.2e-3
    assert too_high(3_000_000_000, 2_360_000, False) > 2 * 2e-4
    auto, _ = peak_rate(135_000_000, "strong", 512)
    assert auto < 5 * auto < too_high(135_000_000, 512, False) < 11 * auto


def test_adapters_bear_ten_times_as_much() -> None:
    assert too_high(135_000_000, 512, True) == pytest.approx(10 * too_high(135_000_000, 512, False))


def test_adapters_and_full_training_have_their_own_peaks() -> None:
    asked = (1_300_000_000, "strong", 65_536)
    assert suiting(True)(*asked) == adapter_peak_rate(*asked) != peak_rate(*asked) == suiting(False)(*asked)
