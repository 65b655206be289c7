"""A peak far above what suits the base is named, whatever the losses did."""

import json
from pathlib import Path

import pytest
from logged_runs import Source, logged

from rewarm.diagnose.diagnosis import diagnose

GAP_OF_WEB = ("stability-gap", "source web")
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


@pytest.mark.parametrize(
    ("rise", "forgotten", "wanted"),
    [(0.5, 0.15, True), (0.02, 0.4, False), (0.5, 0.12, False)],
    ids=["both", "the domain falls at once", "less is forgotten than counts"],
)
def test_a_domain_that_rose_first_while_general_text_is_forgotten(
    tmp_path: Path, rise: float, forgotten: float, wanted: bool
) -> None:
    during = {"law": {10: rise, 20: 0.6 * rise, 40: 0.0, 60: -0.4, 90: -0.7, 120: -1.0}}
    run = logged(tmp_path, SOURCES, held_out={"law": -1.0, "web": forgotten}, during=during)
    found = [one for one in diagnose(run).findings if one.rule == "rate-high"]
    assert [one.channel for one in found] == ["all"] * wanted
    assert all(
        "web is forgotten, and law rose too" in one.says and one.evidence["update"] == 10 for one in found
    )


def test_general_text_that_rose_first_says_nothing_about_the_rate(tmp_path: Path) -> None:
    """web stays worse, code comes back: forgetting and a stability gap."""
    during = {
        "web": {10: 0.5, 20: 0.4, 40: 0.3, 60: 0.3, 90: 0.3, 120: 0.2},
        "code": {10: 0.5, 20: 0.4, 40: 0.3, 60: 0.2, 90: 0.1, 120: 0.0},
    }
    held = {"law": -1.0, "web": 0.4, "code": 0.0}
    run = logged(tmp_path, {**SOURCES, "code": SOURCES["web"]}, held_out=held, during=during)
    found = {(one.rule, one.channel) for one in diagnose(run).findings}
    assert ("rising", "source web") in found and ("stability-gap", "source code") in found
    assert not [rule for rule, channel in found if rule == "rate-high" or (rule, channel) == GAP_OF_WEB]


def test_a_memorised_domain_beside_one_that_rose_first_says_nothing_about_the_rate(tmp_path: Path) -> None:
    during = {"med": {10: 0.5, 20: 0.3, 40: 0.0, 60: -0.4, 90: -0.7, 120: -1.0}}
    held = {"law": 0.4, "med": -1.0, "web": 0.0}
    sources = {**SOURCES, "med": SOURCES["law"]}
    run = logged(tmp_path, sources, held_out=held, during=during, passes={"law": 9.0})
    assert "rate-high" not in {one.rule for one in diagnose(run).findings}
