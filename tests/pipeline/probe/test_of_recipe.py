"""`rewarm plan --probe` plans from what it measured, and later plans use it where it fits."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from command_line import write_recipe
from made_probe import made

from rewarm.cli import main
from rewarm.pipeline.probe import launch
from rewarm.plan.probe import Probe
from rewarm.recipe import Train


@pytest.fixture
def recipe(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recipe whose probe takes no time."""

    def probe(folder: Path, train: Train, seq_len: int, passes: int, **_: Any) -> Probe:
        shapes = launch.memory.shapes(folder)
        return made(seq_len, train.micro_batch).model_copy(
            update={
                "hardware": launch.hardware("cpu"), "settings": launch.settings(train), "shapes": shapes,
                "passes": passes,
            }
        )  # fmt: skip

    monkeypatch.setenv("REWARM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(launch, "probe", probe)
    for name in ("law", "api"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text("some words of a document\n")
    return write_recipe(tmp_path, model)


def plan(recipe: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main.cli, ["plan", str(recipe), *arguments])


def test_a_probe_is_planned_from_kept_and_used_later(recipe: Path) -> None:
    done = plan(recipe, "--probe", "--ranks", "1,2", "--why", "--price", "2")
    assert done.exit_code == 0, done.output
    assert "measured by --probe on " in done.stdout and "seconds a pass" in done.stdout
    first = json.loads(plan(recipe, "--json").stdout)
    assert first["probe"]["hardware"] == launch.hardware("cpu")
    figures = {figure["name"]: figure for figure in first["figures"]}
    assert any("by the probe of 2026-01-01" in note for note in first["notes"])
    speed, time = figures["speed of adapt"]["value"], figures["training time"]["value"]
    assert time == pytest.approx(16 * 256 / speed), "16 updates of 256 tokens"
    same = [
        row
        for row in first["combinations"]
        if (row["ranks"], row["seq_len"], row["micro_batch"]) == (1, 64, 4)
    ]
    assert same[0]["pass_seconds"] == pytest.approx(first["probe"]["pass_seconds"])
    assert f"cost                    {time / 3600 * 2 * 2:,.0f}" in done.stdout


def test_a_table_card_or_other_settings_leave_the_probe_out(recipe: Path) -> None:
    assert plan(recipe, "--probe").exit_code == 0
    assert json.loads(plan(recipe, "--gpu", "a100", "--json").stdout)["probe"] is None
    other = plan(recipe, "--set", "train.activation_checkpointing=true")
    assert "had another train.activation_checkpointing: it is not used" in other.stdout


def test_wrong_requests_are_named(recipe: Path) -> None:
    for arguments, said in (
        (["--probe", "--gpu", "h100"], "leave --gpu and --efficiency out"),
        (["--probe", "--ranks", "two"], "'two' is not a list of numbers"),
    ):
        done = plan(recipe, *arguments)
        assert done.exit_code == 2 and said in done.output
    changed = yaml.safe_load(recipe.read_text()) | {"model": "owner/absent-7B"}
    recipe.write_text(yaml.safe_dump(changed))
    done = plan(recipe, "--probe")
    assert done.exit_code == 1 and "config.json of owner/absent-7B is not on this machine" in str(
        done.exception
    )
