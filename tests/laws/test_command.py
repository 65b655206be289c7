"""`rewarm mix fit` and `advise`, as a user runs them."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from rewarm.cli.main import cli
from rewarm.errors import RewarmError
from rewarm.laws.catalogue import named
from rewarm.laws.formula import Formula, Parameter
from rewarm.laws.points import Points
from rewarm.laws.selection import choose

FORMS = ("--form", "shift + learning", "--form", "exponential")


def write(rows: list[dict[str, Any]], path: Path) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["mix", *map(str, arguments)], catch_exceptions=True)


@pytest.fixture
def fitted(tmp_path: Path, pilots_table: Callable[..., list[dict[str, Any]]]) -> Path:
    result = run("fit", write(pilots_table(), tmp_path / "pilots.csv"), *FORMS)
    assert result.exit_code == 0, result.output
    return tmp_path / "fit.json"


def test_fit_prints_errors_of_every_form_and_writes_the_fit(fitted: Path) -> None:
    told = json.loads(fitted.read_bytes())["losses"]
    assert set(told) == {"domain", "general"}
    for loss in told.values():
        assert loss["form"] == "shift + learning"
        errors = {one["form"]: one["error"] for one in loss["candidates"]}
        assert errors["shift + learning"] < errors["exponential"]
        assert loss["error"] >= loss["noise"] > 0


def test_advise_meets_the_tolerance_of_the_true_losses(fitted: Path) -> None:
    result = run("advise", fitted, "--tolerate", 0.03, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    # The true general loss rises by 0.15 r^1.5 x 1.6e8 / 1.9e8.
    truth = (0.03 / 0.15 / (1.6e8 / 1.9e8)) ** (1 / 1.5)
    assert told["low"] <= truth <= told["high"]
    assert abs(told["share"] - truth) < 0.06
    losses = {one["loss"]: one for one in told["forecasts"]}
    assert losses["general"]["low"] < 2.43 < losses["general"]["high"]
    assert any("schedule is not known" in line for line in told["assumptions"])


def test_advise_prints_lines(fitted: Path) -> None:
    result = run("advise", fitted, "--domain-tokens", "5M", "--budget", "1B")
    assert "domain share" in result.output and "epochs of the domain" in result.output
    assert "6.2 times the longest pilot" in result.output


def test_limited_domain_tokens_raise_the_domain_loss(fitted: Path) -> None:
    def domain_loss(*options: str) -> float:
        told = json.loads(run("advise", fitted, "--tolerate", "0.03", "--json", *options).stdout)
        return float(told["forecasts"][0]["value"])

    assert domain_loss("--domain-tokens", "200k") > domain_loss() + 0.005


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"loss.general": "nan"}, ("row 3", "loss.general", "'nan'", "not finite")),
        ({"loss.general": ""}, ("row 3", "loss.general", "empty")),
        ({"tokens": "many"}, ("row 3", "tokens", "'many'", "not a number")),
        ({"share.general": 0.9}, ("row 3", "share.domain + share.general", "not 1")),
        ({"loss.domain": -1}, ("row 3", "loss.domain", "greater than 0")),
        ({"tokns": 1}, ("'tokns'", "Did you mean tokens?")),
    ],
)
def test_an_error_names_file_row_column_and_value(
    tmp_path: Path,
    pilots_table: Callable[..., list[dict[str, Any]]],
    change: dict[str, Any],
    words: tuple[str, ...],
) -> None:
    rows = pilots_table()
    for name in change:
        for row in rows:
            row.setdefault(name, 1)
    rows[2] |= change
    path = write(rows, tmp_path / "pilots.csv")
    result = run("fit", path)
    assert isinstance(result.exception, RewarmError)
    for word in (str(path), *words):
        assert word in str(result.exception)


def test_too_few_pilots_are_refused(
    tmp_path: Path, pilots_table: Callable[..., list[dict[str, Any]]]
) -> None:
    result = run("fit", write(pilots_table()[:5], tmp_path / "pilots.csv"))
    assert isinstance(result.exception, RewarmError)
    assert "not enough pilots to say" in str(result.exception)


def test_noise_as_large_as_the_effect_gives_no_advice(
    tmp_path: Path, pilots_table: Callable[..., list[dict[str, Any]]]
) -> None:
    run("fit", write(pilots_table(noise=0.1), tmp_path / "pilots.csv"), "--form", "exponential")
    result = run("advise", tmp_path / "fit.json", "--tolerate", 1)
    assert "not enough pilots to say" in str(result.exception)


def test_formats_give_the_same_fit(tmp_path: Path, pilots_table: Callable[..., list[dict[str, Any]]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    rows = pilots_table()
    write(rows, tmp_path / "pilots.csv")
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "pilots.parquet")
    (tmp_path / "pilots.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = [
        json.loads(run("fit", tmp_path / f"pilots.{kind}", "--form", "exponential", "--json").stdout)[
            "channels"
        ]
        for kind in ("csv", "parquet", "jsonl")
    ]
    for other in found[1:]:
        assert np.isclose(other["domain"]["error"], found[0]["domain"]["error"])


def test_pilots_with_one_share_give_no_advice(
    tmp_path: Path, pilots_table: Callable[..., list[dict[str, Any]]]
) -> None:
    rows = [row | {"tokens": (1 + place) * 1e7} for place, row in enumerate(pilots_table()[1:])]
    for row in rows:
        row |= {"share.domain": 0.5, "share.general": 0.5}
    assert run("fit", write(rows, tmp_path / "pilots.csv"), "--form", "cmr").exit_code == 0
    result = run("advise", tmp_path / "fit.json")
    assert "1 different domain shares, from 0.5 to 0.5" in str(result.exception)


def test_an_unreachable_tolerance_names_the_least_rise(fitted: Path) -> None:
    told = json.loads(fitted.read_bytes())
    for row in told["pilots"]:
        row["loss.general"] = float(row["loss.general"]) + 0.2 * (float(row["tokens"]) > 0)
    path = fitted.with_name("raised.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in told["pilots"]))
    assert run("fit", path, "--out", fitted.with_name("raised.json"), *FORMS).exit_code == 0
    result = run("advise", fitted.with_name("raised.json"))
    assert "keeps general within 0.01: the least rise is 0.1" in str(result.exception)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not written by `rewarm mix fit`"),
        ('{"format": 9}', "format 9 is not 1"),
        ("", "not written by `rewarm mix fit`"),
    ],
)
def test_another_file_is_not_a_fit(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "fit.json").write_text(text)
    result = run("advise", tmp_path / "fit.json")
    assert isinstance(result.exception, RewarmError) and words in str(result.exception)


def test_names_that_do_not_exist_are_errors(fitted: Path) -> None:
    assert "loss 'law' has no fit" in str(run("advise", fitted, "--domain", "law").exception)
    pilots = fitted.with_name("pilots.csv")
    assert "'dcp' is not one of" in str(run("fit", pilots, "--form", "dcp").exception)
    assert "'law' is not one of domain, general" in str(run("fit", pilots, "--loss", "law").exception)
    assert "not a number of tokens" in run("advise", fitted, "--budget", "2X").output


def test_a_fit_that_was_read_again_gives_the_same_advice(fitted: Path) -> None:
    first = run("advise", fitted, "--json").stdout
    assert first == run("advise", fitted, "--json").stdout
    forms = json.loads(fitted.read_bytes())["losses"]
    assert len(forms["domain"]["state"]["places"]) == 201


def test_of_two_forms_that_predict_alike_the_smaller_is_chosen() -> None:
    rng = np.random.default_rng(0)
    own = np.tile(np.linspace(0, 1, 12), 2)
    points = Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, {"tokens": np.full(24, 1e8)})
    losses = (2 + np.exp(-own)) * np.exp(0.002 * rng.standard_normal(24))
    small = named("exponential")
    assert isinstance(small, Formula)
    # The same law with a parameter that does nothing.
    large = replace(
        small,
        name="large",
        parameters=lambda given: (*small.parameters(given), Parameter("unused", 1.0, 2.0)),
    )
    choice = choose(points, losses, forms=[large, small], draws=0)
    assert choice.law is small
    assert choice.error >= (choice.noise or 0.0) > 0
    assert [one.size for one in choice.candidates] == [3, 4]


def test_a_form_that_does_not_fit_gets_intervals_as_wide_as_its_held_out_error() -> None:
    own, tokens = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 0.9, 8), [1e7, 1e8], indexing="ij"))
    points = Points(("domain", "general"), np.stack([own, 1 - own], axis=1), 0, {"tokens": tokens})
    losses = 2 + np.exp(-own) + 0.1 * (own > 0.85)
    choice = choose(points, losses, forms=[named("exponential")], draws=200)
    spread = np.sqrt(np.log(choice.draws(points, 0)).var(axis=0).mean())
    assert choice.misfit > 0
    assert spread > 0.9 * choice.error
