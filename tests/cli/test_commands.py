"""The command line: every group is there, errors are letters with an exit code, help is quick to load."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from rewarm.cli import main
from rewarm.corpus.tables import run_record
from rewarm.corpus.tables.run_record import RunRecord


def test_step_of_explain_says_that_it_was_renamed(tmp_path: Path) -> None:
    ended = CliRunner().invoke(main.cli, ["explain", str(tmp_path), "--step", "12"])
    assert ended.exit_code == 2 and "--step was renamed to --update; write --update 12" in ended.output


@pytest.mark.parametrize("arguments", [[], ["id", "--update", "1"]])
def test_explain_takes_a_document_or_an_update(tmp_path: Path, arguments: list[str]) -> None:
    ended = CliRunner().invoke(main.cli, ["explain", str(tmp_path), *arguments])
    assert ended.exit_code == 2 and "give either a document ID or --update" in ended.output


@pytest.mark.parametrize("command", ["incidents", "clusters", "phrases", "funnel"])
def test_a_run_that_has_done_nothing_is_an_error_message(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_record.write(tmp_path / "run.json", RunRecord())
    monkeypatch.setattr(sys, "argv", ["rewarm", command, str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr()
    assert ended.value.code == 1 and said.err.startswith(f"{tmp_path}: ") and said.out == ""


def test_loading_the_commands_loads_nothing_heavy() -> None:
    code = "import sys, rewarm.cli.main; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "torch",
        "numpy",
        "pyarrow",
        "pydantic",
        "yaml",
        "rewarm.recipe",
        "rewarm.runs",
        "rewarm.pipeline",
    }
    assert not heavy & set(said.stdout.split())
