"""The answer about an earlier training goes to the command that trains, not to the one before it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import write_recipe

from rewarm.cli.main import cli


@pytest.mark.parametrize("answer", ["--continue", "--restart-training"])
@pytest.mark.parametrize("more", [["--processes", "2"], ["--nodes", "2"], ["--nodes", "2", "--slurm"]])
def test_an_answer_is_given_to_every_rank(tmp_path: Path, answer: str, more: list[str]) -> None:
    path = write_recipe(tmp_path, tmp_path / "model")
    shown = CliRunner().invoke(cli, ["launch", str(path), *more, answer], catch_exceptions=False).output
    for line in shown.splitlines():
        assert line.endswith(f"recipe.yaml {answer}") == ("torchrun " in line), line
    assert "torchrun " in shown
    plain = CliRunner().invoke(cli, ["launch", str(path), *more], catch_exceptions=False).output
    assert plain == shown.replace(f" {answer}", "")
