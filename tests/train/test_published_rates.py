"""Our schedules against learning-rate series of real runs, published with the multi-power law.

Luo et al. 2025, arXiv 2503.12811: models of 25 M, 100 M and 400 M parameters, peak 3e-4, final 3e-5;
every file has the rate at each logged step after the warm-up (2,160 steps). A logged step t counts
from 0, so its fall begins with the peak and ends one update short of `final`; ours begins one step
below the peak and ends at `final`. Therefore step t of a fall is our update t - 1. The two-stage
series (wsdcon) change exactly at step 8,000, which is our update 8,000.
"""

import csv
import os
from pathlib import Path

import pytest

from rewarm.train.schedule import Schedule

PEAK, FINAL, WARMUP = 3e-4, 3e-5, 2160
SERIES = {
    **{f"constant_{n}": Schedule("constant", PEAK, PEAK, n, WARMUP) for n in (24000, 72000)},
    **{f"cosine_{n}": Schedule("cosine", PEAK, FINAL, n, WARMUP) for n in (24000, 72000)},
    "wsd_20000_24000": Schedule("wsd", PEAK, FINAL, 24000, WARMUP, 4000, "exponential"),
    "wsdld_20000_24000": Schedule("wsd", PEAK, FINAL, 24000, WARMUP, 4000, "linear"),
}


def stored(size: str, name: str) -> list[tuple[int, float]]:
    folder = Path(os.environ["REWARM_SHARED_DATA"]) / "laws/multipowerlaw/loss_curve_repo"
    with (folder / f"csv_{size}/{name}.csv").open() as file:
        return [(int(row["step"]), float(row["lr"])) for row in csv.DictReader(file)]


@pytest.mark.shared
@pytest.mark.parametrize("size", ["25", "100", "400"])
@pytest.mark.parametrize("name", SERIES)
def test_equals_the_series_of_a_real_run(size: str, name: str) -> None:
    series = stored(size, name)
    assert len(series) > 100
    assert [SERIES[name].rate(step - 1) for step, _ in series] == pytest.approx(
        [rate for _, rate in series], rel=1e-12
    )


@pytest.mark.shared
@pytest.mark.parametrize("size", ["25", "100", "400"])
@pytest.mark.parametrize(("name", "second"), [("wsdcon_3", 3e-5), ("wsdcon_9", 9e-5), ("wsdcon_18", 1.8e-4)])
def test_two_constant_stages_equal_the_series_of_a_real_run(size: str, name: str, second: float) -> None:
    series = stored(size, name)
    first = Schedule("constant", PEAK, PEAK, 8000, WARMUP)
    after = Schedule("constant", second, second, 20000, start=PEAK)
    found = [first.rate(step) if step < 8000 else after.rate(step - 8000) for step, _ in series]
    assert found == pytest.approx([rate for _, rate in series], rel=1e-12)
