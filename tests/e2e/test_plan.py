"""`rewarm plan` as a user runs it."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import rewarm

pytestmark = pytest.mark.slow


def test_a_recipe_is_planned_with_passes_time_and_memory(shared_world: Path) -> None:
    done = rewarm(
        shared_world, "plan", "recipe.yaml", "--gpu", "a100", "--cards", "2", "--price", "3", "--json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    figures = {figure["name"]: figure for figure in found["figures"]}
    stages = {row["stage"] for row in found["entries"]}
    tokens = sum(row["tokens"] for row in found["entries"])
    assert figures["training tokens"]["value"] == round(tokens)
    for row in found["entries"]:
        assert row["epochs"] == row["tokens"] / row["available"] > 0
    for stage in stages:
        updates = figures[f"updates of {stage}"]["value"]
        own = sum(row["tokens"] for row in found["entries"] if row["stage"] == stage)
        assert abs(updates - own / figures["tokens per update"]["value"]) <= 0.5
    seconds = tokens / figures["speed"]["value"]
    assert abs(figures["training time"]["value"] / seconds - 1) < 1e-6
    assert abs(figures["cost"]["value"] / (seconds / 3600 * 2 * 3) - 1) < 1e-6
    assert figures["layout"]["shown"] == "one full copy a card, replicas: 2"
    assert all(figure["formula"] and figure["source"] for figure in found["figures"])
    assert not (shared_world / "runs").exists(), "nothing is run"
    shown = rewarm(shared_world, "plan", "recipe.yaml", "--why")
    assert "memory per card" in shown.stdout and "    source: " in shown.stdout


def test_passes_above_the_limit_are_noted(shared_world: Path) -> None:
    recipe = yaml.safe_load((shared_world / "recipe.yaml").read_text())
    recipe["stages"][0]["tokens"] = 50_000_000
    (shared_world / "long.yaml").write_text(yaml.safe_dump(recipe))
    done = rewarm(shared_world, "plan", "long.yaml")
    assert done.returncode == 0 and "passes are asked for and 8 allowed" in done.stdout


def test_three_numbers_give_the_fourth_and_wrong_ones_are_named(tmp_path: Path) -> None:
    done = rewarm(
        tmp_path, "plan", "--size", "7B", "--tokens", "20B", "--cards", "8", "--gpu", "a100", "--serve"
    )
    assert done.returncode == 0 and "<- solved" in done.stdout and "serve unquantized" in done.stdout
    for arguments, code, said in (
        (("plan", "--size", "7B"), 1, "give three of size, tokens, cards, days"),
        (("plan", "--size", "7X", "--tokens", "1B", "--cards", "1"), 2, "is not a number"),
        (("plan", "--gpu", "h1", "--serve", "--cards", "1"), 1, "'h1' is not one of"),
        (("plan", "--serve"), 2, "--serve needs --cards"),
        (("plan", "none.yaml"), 1, "none.yaml"),
    ):
        wrong = rewarm(tmp_path, *arguments)
        assert wrong.returncode == code and said in wrong.stderr, (arguments, wrong.stderr)
