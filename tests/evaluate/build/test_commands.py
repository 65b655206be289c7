"""The commands: what they print and write."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from rewarm.cli.main import cli
from rewarm.errors import RewarmError
from rewarm.evaluate.build.guesses import guess
from rewarm.evaluate.tasks.item import Item
from rewarm.runs.run import Run


def _call(*arguments: object) -> str:
    found = CliRunner().invoke(cli, ["bench", *map(str, arguments)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return found.stdout


def test_build_review_and_apply(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "bench"
    told = json.loads(_call("build", run.path, "--dry-run", "--json"))
    assert told["sources"] == ["en", "zh"] and told["documents"]["documents.recall"] > 10
    assert not out.exists()
    shown = _call("build", run.path, "--out", out, "--items", 9, "--preview", 2)
    assert shown.count("    not: ") == 4
    assert not (out / "recall.jsonl").exists()
    printed = _call("build", run.path, "--out", out, "--items", 9)
    assert "recall    9 items" in printed and "dropped" in printed and "boilerplate" in printed
    page = _call("review", out / "recall.jsonl")
    assert "9 items" in page and (out / "recall.html").exists()
    decided = out / page.split()[-1]
    identity = json.loads((out / "recall.jsonl").read_text("utf-8").splitlines()[0])["id"]
    row = {
        "page": decided.stem.partition("-")[2],
        "id": identity,
        "decision": "reject",
        "reason": "",
        "reviewer": "",
    }
    decided.write_text(json.dumps(row) + "\n")
    applied = json.loads(_call("apply", out / "recall.jsonl", decided, "--json"))
    assert (applied["rejected"], applied["kept"]) == (1, 8)
    assert len((out / "recall.reviewed.jsonl").read_text("utf-8").splitlines()) == 8


def test_a_recipe_runs_its_data_steps_first(run: Run) -> None:
    told = _call("build", run.path.parent / "recipe.yaml", "--run-dir", run.path, "--dry-run")
    assert "sources   en, zh; text as the step decontaminate left it" in told
    with pytest.raises(RewarmError, match="is a run directory already"):
        _call("build", run.path, "--run-dir", run.path)


def test_settings_come_from_a_file(run: Run, tmp_path: Path) -> None:
    settings = tmp_path / "bench.yaml"
    settings.write_text("items: 5\nsets: [recall]\nkinds: [number]\n")
    told = json.loads(_call("build", run.path, "--out", tmp_path, "--settings", settings, "--json"))
    assert told["sets"]["recall"]["kinds"] == {"number": 5} and list(told["sets"]) == ["recall"]
    settings.write_text("items: 5\nkind: [number]\n")
    with pytest.raises(RewarmError, match=r"bench.yaml:2  kind: no such key. Did you mean kinds"):
        _call("build", run.path, "--settings", settings)


def test_items_that_the_options_give_away_are_found(model: Path) -> None:
    """The tiny model prefers nothing, so what it prefers is measured, not assumed."""
    plain = [
        Item(f"p{number}", "The mast is ____ tall.", ("3 m", "4 m", "5 m"), (number,)) for number in range(3)
    ]
    found = guess(plain, model, 0.0)
    # Whatever the order of likelihoods is, one of the three golds leads.
    assert (
        len(found.ids) == 1
        and found.accuracy == pytest.approx(1 / 3)
        and found.chance == pytest.approx(1 / 3)
    )
    assert guess(plain, model, 100.0).ids == frozenset()
    assert guess([], model, 0.0).ids == frozenset()
