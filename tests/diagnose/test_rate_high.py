"""A peak far above what suits the base is named, whatever the losses did."""

import json
from pathlib import Path

import pytest
from logged_runs import Source, logged

from rewarm.diagnose.diagnosis import diagnose

SOURCES: dict[str, Source] = {
    "law": ("domain", lambda t: 3.0 - t, 4.0),
    "web": ("general", lambda _: 2.7, 4.0),
}


@pytest.mark.parametrize(("peak", "wanted"), [(0.9e-3, []), (1.1e-3, ["rate-high"])])
def test_a_peak_above_the_limit_of_its_training(tmp_path: Path, peak: float, wanted: list[str]) -> None:
    run = logged(tmp_path, SOURCES)
    rates = {"peaks": {"adapt": peak, "anneal": 1e-5}, "auto": 1e-4, "too_high": 1e-3}
    (run.steps["train"].path / "_rates.json").write_text(json.dumps(rates))
    found = [one for one in diagnose(run).findings if one.rule == "rate-high"]
    assert [one.rule for one in found] == wanted
    assert all((one.stage, one.severity, one.channel) == ("adapt", "warning", "all") for one in found)
    assert all("0.0011, 11 times" in one.says and "auto (0.0001)" in one.advice for one in found)


def test_a_run_without_the_record_of_its_rates(tmp_path: Path) -> None:
    assert "rate-high" not in {one.rule for one in diagnose(logged(tmp_path, SOURCES)).findings}
