"""Schedules: rates between logged steps, sums, and pilots with a schedule through the command line."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.errors import RewarmError
from rewarm.laws.forms import multi_power
from rewarm.laws.forms.dynamics import DECAY, annealing_area
from rewarm.laws.points import Points
from rewarm.laws.schedules import Schedules, with_warmup


def test_rates_between_logged_steps() -> None:
    logged, rates = np.array([10.0, 20, 30, 40]), np.array([1.0, 1.0, 0.5, 0.5])
    found = with_warmup(logged, rates, 5, 41)
    np.testing.assert_allclose(found[:5], [0.2, 0.4, 0.6, 0.8, 1.0])
    assert set(found[5:21]) == {1.0} and set(found[21:]) == {0.5}, "a jump is not a ramp"
    ramp = with_warmup(np.array([0.0, 10, 20]), np.array([1.0, 0.9, 0.7]), 0, 21)
    assert ramp[5] == pytest.approx(0.95) and ramp[15] == pytest.approx(0.8)


def one_run(rates: np.ndarray, steps: np.ndarray) -> Points:
    run = np.zeros(len(steps), dtype=np.int64)
    return Points(("all",), np.ones((len(steps), 1)), schedules=Schedules((rates,), run, steps), run=run)


def cosine(length: int) -> np.ndarray:
    rates = 3e-4 * (0.55 + 0.45 * np.cos(np.pi * np.arange(length) / length))
    rates[:40] *= np.arange(1, 41) / 40
    return rates


def test_gathered_changes_give_the_exact_sum_of_the_multi_power_law() -> None:
    rates, steps = cosine(1500), np.arange(100, 1500, 100)
    values = dict(L0=2.5, A=0.3, alpha=0.5, B=0.2, C=300, beta=0.5, gamma=0.6, l0=3e-4, S0=0.3)
    found = multi_power.predict(
        {key: np.array([[value]]) for key, value in values.items()}, one_run(rates, steps)
    )
    total = np.cumsum(rates)
    for place, step in enumerate(steps):
        before = np.concatenate([[0.0], rates[:step]])
        drop = (before - rates[: step + 1]) / 3e-4
        since = (total[step] - np.concatenate([[0.0], total[:step]])) / 0.3
        gone = 1 - (1 + 300 * (rates[: step + 1] / 3e-4) ** -0.6 * since) ** -0.5
        exact = 2.5 + 0.3 * (total[step] / 0.3) ** -0.5 - 0.2 * (drop * gone).sum()
        assert found[0, place] == pytest.approx(exact, abs=1e-3)


def test_the_annealing_area_is_that_of_its_recurrence() -> None:
    rates, steps = cosine(400), np.array([99, 250, 399])
    memory, area, wanted = 0.0, 0.0, []
    for step, rate in enumerate(rates):
        memory = DECAY * memory + (rates[step - 1] if step else 0.0) - rate
        area += memory
        if step in steps:
            wanted.append(area)
    found = one_run(rates, steps).schedules
    assert found is not None
    np.testing.assert_allclose(annealing_area(found), wanted, rtol=0.02)


def write_curves(path: Path, without: str = "") -> Path:
    """Three runs of the multi-power law; the mix is the same in all."""
    shapes = {"constant": np.full(1200, 3e-4), "cosine": cosine(1200), "step": np.full(1200, 3e-4)}
    shapes["step"][500:] = 1e-4
    values = dict(L0=2.5, A=0.3, alpha=0.5, B=0.2, C=300, beta=0.5, gamma=0.6, l0=3e-4, S0=0.3)
    rows = []
    for name, rates in shapes.items():
        if name != "cosine":
            rates[:40] *= np.arange(1, 41) / 40
        steps = np.arange(40, 1200, 40)
        points = one_run(rates, steps)
        arrays = {key: np.array([[value]]) for key, value in values.items()}
        for step, loss in zip(steps, multi_power.predict(arrays, points)[0], strict=True):
            row = {
                "run": name,
                "step": step,
                "learning_rate": rates[step],
                "warmup_steps": 40,
                "loss.all": loss,
            }
            rows.append({key: value for key, value in row.items() if key != without})
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.mark.slow
def test_curves_choose_a_law_of_schedules(tmp_path: Path) -> None:
    options = ["--form", "multi-power", "--form", "dcpt", "--json"]
    path = write_curves(tmp_path / "curves.csv")
    result = CliRunner().invoke(cli, ["mix", "fit", str(path), *options])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["channels"]["all"]
    assert told["form"] == "multi-power" and told["error"] < 0.2
    refused = {one["form"]: one["refused"] for one in told["candidates"]}
    assert refused["dcpt"] == "needs tokens"


def test_a_schedule_without_runs_is_an_error(tmp_path: Path) -> None:
    path = write_curves(tmp_path / "curves.csv", without="run")
    result = CliRunner().invoke(cli, ["mix", "fit", str(path)])
    assert isinstance(result.exception, RewarmError)
    assert "needs the column run" in str(result.exception)


@pytest.mark.slow
def test_advice_along_a_schedule_of_mixes(tmp_path: Path) -> None:
    rates, rows = cosine(800), []
    total = np.cumsum(rates)
    for share in (0.0, 0.2, 0.4, 0.6, 0.8):
        for step in range(99, 800, 100):
            moved = 1 - (1 + 8 * total[step] / total[-1]) ** -0.5
            row = {"run": f"mix {share}", "step": step, "learning_rate": rates[step], "warmup_steps": 40}
            row |= {"share.domain": share, "share.general": 1 - share}
            # The own text is 1 - share of the general loss: it rises where that is low.
            row |= {"loss.domain": 2.8 - 0.3 * share * moved, "loss.general": 2.4 + 0.1 * share**1.5 * moved}
            rows.append(row)
    path = tmp_path / "pilots.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    run = CliRunner()
    assert run.invoke(cli, ["mix", "fit", str(path), "--form", "cpt dynamics"]).exit_code == 0
    result = run.invoke(cli, ["mix", "advise", str(tmp_path / "fit.json"), "--tolerate", "0.03", "--json"])
    assert result.exit_code == 0, result.output + str(result.exception)
    told = json.loads(result.stdout)
    truth = (0.03 / 0.1 / (1 - 9**-0.5)) ** (1 / 1.5)
    assert abs(told["share"] - truth) < 0.05
    assert truth - 0.1 < told["low"] <= told["high"] < truth + 0.1
    general = told["forecasts"][1]["curve"]
    assert general == sorted(general) and general[-1] - general[0] > 0.01
    result = run.invoke(cli, ["mix", "advise", str(tmp_path / "fit.json"), "--budget", "1B"])
    assert "the pilots have no column tokens" in str(result.exception)
