"""`rewarm duel` as a user calls it, from answers to the agreement with people."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from scripted_server import ScriptedServer

from rewarm.cli import main
from rewarm.errors import RewarmError
from rewarm.evaluate.duels import examples
from rewarm.recipe import duels

Answers = Callable[..., list[tuple[str, Path]]]


def call(*arguments: object) -> str:
    ended = CliRunner().invoke(main.cli, ["duel", *map(str, arguments)], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    return ended.stdout


@pytest.fixture
def recipe(tmp_path: Path, serve: Callable[..., ScriptedServer]) -> Path:
    path = tmp_path / "judge.yaml"
    path.write_text(
        f"judge: {{url: '{serve().url}', model: j, cache: {tmp_path / 'cache'}}}\nbootstrap: 200\n"
    )
    return path


def test_from_answers_to_agreement(tmp_path: Path, answers: Answers, recipe: Path) -> None:
    files = answers(
        one=[f"alpha {n} quality 1" for n in range(12)],
        other=[f"beta words {n} quality 2" for n in range(12)],
    )
    given = [part for _, path in files for part in ("--answers", path)]
    out, page = tmp_path / "duels", tmp_path / "page.html"
    planned = json.loads(call("run", *given, "--recipe", recipe, "--out", out, "--dry-run", "--json"))
    assert planned == {
        "format": 1,
        "prompts": 12,
        "missing": {"one": 0, "other": 0},
        "pairs": 12,
        "judged": 12,
        "requests": 28,
    }
    assert "requests  28" in call("run", *given, "--recipe", recipe, "--out", out, "--dry-run")
    assert not out.exists()
    told = call("run", *given, "--recipe", recipe, "--out", out)
    assert "other against one" in told and "overall          not lose 100.0%" in told
    assert call("show", out) == told
    found = json.loads(call("run", *given, "--recipe", recipe, "--out", out, "--base", "other", "--json"))
    assert found["base"] == "other" and found["rates"][0]["lose"] == 12
    shown = json.loads(call("show", out, "--examples", "lose", "--most", 2, "--json"))
    assert len(shown["examples"]) == 2
    assert shown["examples"][0]["verdicts"][0] == {
        "order": "result_first", "winner": "other", "reason": "by rule: second", "rejected": "",
    }  # fmt: skip
    assert "result first   other: by rule: second" in call("show", out, "--examples", "lose")
    assert "5 of 12 pairs" in call("page", page, *given, "--recipe", recipe, "--most", 5)
    key = json.loads((tmp_path / "page.key.json").read_text())
    rows = [
        {"page": key["page"], "pair": name, "dimension": "clarity", "choice": "left", "rater": "r"}
        for name in key["pairs"]
    ]
    judged = tmp_path / "j.jsonl"
    judged.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = call("import", judged, "--duels", out, "--key", tmp_path / "page.key.json")
    assert "5 judgements of 1 raters" in told and "clarity" in told


def test_names_of_models_and_a_path_with_an_equals_sign(
    tmp_path: Path, answers: Answers, recipe: Path
) -> None:
    ((_, path),) = answers(x=["a quality 1"])
    odd = tmp_path / "a=b.jsonl"
    odd.write_text(path.read_text().replace("quality 1", "quality 2"))
    arguments = ["--recipe", recipe, "--out", tmp_path / "o", "--dry-run", "--json"]
    found = json.loads(call("run", "--answers", f"left={path}", "--answers", odd, *arguments))
    assert list(found["missing"]) == ["left", "a=b"]


def test_faults_of_the_settings_are_told_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "j.yaml"
    for text, said in (
        ("judge: {model: m}\ndimension: []\n", "j.yaml:2  dimension: no such key. Did you mean dimensions?"),
        (
            "dimensions:\n  - {name: overall, criterion: x}\n",
            "overall is always asked; set its criterion with",
        ),
        ("dimensions: [{name: a, criterion: x}, {name: a, criterion: y}]\n", "a is given twice"),
        ("judge: {url: nowhere}\n", "j.yaml:1  judge: url: 'nowhere' is not an http address"),
        ("compare: some\n", "j.yaml:1  compare: 'some' is none of base, all"),
    ):
        path.write_text(text)
        with pytest.raises(RewarmError) as error:
            duels.load(path)
        assert said in str(error.value)
    with pytest.raises(RewarmError, match=r"no such recipe; docs/duels\.md shows one"):
        duels.load(tmp_path / "none.yaml")


def test_a_judge_samples_nothing_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "j.yaml"
    path.write_text("judge: {model: m}\n")
    assert duels.load(path).judge.temperature == 0


def test_the_base_must_be_a_model(tmp_path: Path, answers: Answers, recipe: Path) -> None:
    given: list[Any] = [part for _, path in answers(a=["x"], b=["y"]) for part in ("--answers", path)]
    with pytest.raises(RewarmError, match="--base: 'c' is none of the models: a, b"):
        call("run", *given, "--recipe", recipe, "--out", tmp_path / "o", "--base", "c")


def test_examples_of_a_dimension_that_was_not_asked(tmp_path: Path, answers: Answers, recipe: Path) -> None:
    given = [
        part for _, path in answers(a=["x quality 1"], b=["y quality 1"]) for part in ("--answers", path)
    ]
    call("run", *given, "--recipe", recipe, "--out", tmp_path / "o")
    with pytest.raises(RewarmError, match="'taste' was not asked; there are correctness, instruction"):
        examples.of(tmp_path / "o", "taste", "win", 5)
    assert len(examples.of(tmp_path / "o", "clarity", "tie", 5)) == 1
