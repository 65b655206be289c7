"""The command line: every group is there, errors are letters with an exit code, help is quick to load."""

import json
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


RECIPE = """
name: case
model: owner/base
sources: [{name: a, path: a.txt, labels: {task: domain}}]
stages: [{name: adapt, tokens: 40k, mix: {a: 1}}]
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("stages.adapt.tokens", "'stages.adapt.tokens' is not KEY=VALUE"),
        ("pack.seq_len=[", "'[' is not a YAML value"),
    ],
)
def test_set_without_a_value_is_wrong_usage(tmp_path: Path, given: str, said: str) -> None:
    ended = CliRunner().invoke(main.cli, ["run", str(tmp_path / "recipe.yaml"), "--set", given])
    assert ended.exit_code == 2 and said in ended.output


@pytest.mark.parametrize("command", [["run", "--dry-run"], ["collect"], ["plan"]])
def test_set_is_checked_as_the_file_is(
    tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    name, *options = command
    arguments = ["rewarm", name, str(path), *options, "--set", "stages.adapt.tokens=many", "--set", "seed=1"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1 and f"{path}:5  stages[0].tokens: " in said and "seen 'many'" in said
    assert f"{path}: read with the overrides stages.adapt.tokens=many, seed=1" in said


def test_set_reads_values_as_yaml(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE, encoding="utf-8")
    given = [
        "model=owner/base-1B",
        "stages.adapt.tokens=2M",
        "stages.adapt.mix={a: 1.0}",
        "sources.a.limit=30k",
        "train.device=cpu",
    ]
    options = [part for one in given for part in ("--set", one)]
    ended = CliRunner().invoke(main.cli, ["plan", str(path), "--json", *options])
    assert ended.exit_code == 0, ended.output
    figures = {one["name"]: one["value"] for one in json.loads(ended.stdout)["figures"]}
    assert figures["training tokens"] == 2_000_000


def test_version_says_what_a_bug_report_needs() -> None:
    said = CliRunner().invoke(main.cli, ["--version"]).output.splitlines()
    assert said[0].startswith("rewarm ") and {line.split()[0] for line in said} >= {
        "python",
        "system",
        "torch",
    }


def test_an_unexpected_error_ends_with_70(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["rewarm", "schema"])
    monkeypatch.setattr("json.dumps", lambda *_, **__: 1 / 0)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 70 and "unexpected ZeroDivisionError" in capsys.readouterr().err
    assert "ZeroDivisionError" in (tmp_path / "rewarm-crash.log").read_text()
