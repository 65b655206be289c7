"""The first recipe, written from flags as a user gives them."""

from pathlib import Path

import yaml
from command_line import rewarm


def test_init_writes_a_recipe_that_runs(world: Path, model: Path) -> None:
    wrote = rewarm(
        world, "init", "case", "--model", model, "--domain", "law", "--language", "zh",
        "--general", "api", "--tokens", "4k", "--seq-len", 64,
    )  # fmt: skip
    assert wrote.returncode == 0, wrote.stderr
    assert "rewarm run case/recipe.yaml --dry-run" in wrote.stdout
    recipe = yaml.safe_load((world / "case/recipe.yaml").read_text())
    assert sum(int(stage["tokens"]) for stage in recipe["stages"]) <= 4000
    dry = rewarm(world, "run", "case/recipe.yaml", "--dry-run")
    assert dry.returncode == 0 and "collect" in dry.stdout
    assert not (world / "runs").exists()
    ended = rewarm(world, "run", "case/recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert "learnt: domain" in ended.stdout


def test_init_says_what_is_wrong(world: Path) -> None:
    base = ("init", "case", "--model", "a/b", "--domain")
    for arguments, said in [
        ((*base, "laws"), "laws does not exist"),
        ((*base, "law", "--tokens", "many"), "many"),
        ((*base, "law", "--general", "hub:alone"), "hub:OWNER/NAME"),
    ]:
        ended = rewarm(world, *arguments)
        assert ended.returncode and said in ended.stderr and "Traceback" not in ended.stderr
        assert not (world / "case/recipe.yaml").exists()
