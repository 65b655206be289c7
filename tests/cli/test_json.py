"""`--json` has one shape: one object on one line, with `format`."""

import json
from pathlib import Path

import click
import pytest

from rewarm.cli import main, terminal
from rewarm.pipeline.running import Outcome

CLI = Path(terminal.__file__).parent


def commands(group: click.Group, name: str = "") -> dict[str, click.Command]:
    found = {}
    for part, command in group.commands.items():
        inside = isinstance(command, click.Group)
        found |= commands(command, f"{name}{part} ") if inside else {f"{name}{part}": command}
    return found


def test_one_function_prints_all_of_it() -> None:
    # `schema` prints a JSON Schema, whose form is not ours.
    writers = [path.name for path in CLI.glob("*.py") if "json.dump" in path.read_text(encoding="utf-8")]
    assert sorted(writers) == ["recipe.py", "terminal.py"]
    with_json = [name for name, one in commands(main.cli).items()
                 if any("--json" in option.opts for option in one.params)]  # fmt: skip
    assert len(with_json) > 40 and "blocks" in with_json and "doctor" in with_json


def test_an_object_on_one_line_without_nan(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"text": "法\n", "loss": float("nan"), "rows": [(1.5, float("inf"))]}
    terminal.lines_or_json(lambda: ["lines"], lambda: value, True)
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "法" in said
    wanted = {"format": 1, "text": "法\n", "loss": None, "rows": [[1.5, None]]}
    assert json.loads(said, parse_constant=lambda name: pytest.fail(name)) == wanted
    terminal.print_json({"format": 3, "law": "dcpt"})
    assert json.loads(capsys.readouterr().out)["format"] == 3


def test_a_part_of_a_run_prints_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    for to_stderr in (True, False):
        tell = terminal.Teller(to_stderr=to_stderr)
        tell("", Outcome("collect", "ran", "never run", Path("steps/collect-0"), {"documents": 3}, 1.25))
        tell.end(Path("runs/law"))
        said = capsys.readouterr()
        lines = said.err if to_stderr else said.out
        assert lines == "collect   3 documents   1 s\n"
        if to_stderr:
            found = json.loads(said.out)
            assert found["run"] == "runs/law" and found["steps"][0]["folder"] == "steps/collect-0"


@pytest.mark.parametrize(
    ("arguments", "place"),
    [(["plan", "--gpu", "list"], "accelerators"), (["models", "--domain", "list"], "domains")],
)
def test_lists_have_a_name(arguments: list[str], place: str) -> None:
    from click.testing import CliRunner

    found = json.loads(CliRunner().invoke(main.cli, [*arguments, "--json"]).stdout)
    assert found["format"] == 1 and len(found[place]) > 3


@pytest.mark.parametrize(
    ("words", "wanted"),
    [("rewarm sta", {"status"}), ("rewarm run --stop", {"--stop-after-block"}), ("rewarm mix p", {"pilot"})],
)
def test_the_shell_completes_commands_and_options(words: str, wanted: set[str]) -> None:
    from click.shell_completion import BashComplete

    *before, incomplete = words.split()
    found = BashComplete(main.cli, {}, "rewarm", "_REWARM_COMPLETE").get_completions(before[1:], incomplete)
    assert {one.value for one in found} == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_is_for_the_documented_variable(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_REWARM_COMPLETE", f"{shell}_source")
    # As the entry point is called; the version that bash must have is not asked.
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        main.cli.main(prog_name="rewarm", args=[])
    assert ended.value.code == 0
    assert f"_REWARM_COMPLETE={shell}_complete" in capsys.readouterr().out
