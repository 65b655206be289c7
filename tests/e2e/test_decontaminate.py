"""A benchmark named in the recipe: what became of its items in the corpus, as a user asks."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import document, rewarm

pytestmark = pytest.mark.slow


def _run(world: Path, until: str, **settings: Any) -> dict[str, dict[str, int]]:
    """Counts by step, for a benchmark of the first 80 characters of two documents of the corpus."""
    items = [{"id": f"item{number}", "question": document("law", number)[:80]} for number in (3, 200)]
    (world / "exam.jsonl").write_text("\n".join(json.dumps(item) for item in items))
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    exam = {"name": "exam", "path": "exam.jsonl", "id": "id"}
    recipe["decontaminate"] = {"benchmarks": [exam], **settings}
    recipe["holdout"] = {"share": 0}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--until", until, "--json")
    assert ended.returncode == 0, ended.stderr
    return {step["step"]: step["counts"] for step in json.loads(ended.stdout)["steps"]}


def test_what_matches_is_dropped_and_explained(world: Path) -> None:
    counts = _run(world, "tokenize")
    assert counts["decontaminate"]["dropped"] == counts["decontaminate"]["dropped.benchmark"] == 2
    assert counts["tokenize"]["documents"] == counts["decontaminate"]["documents"]
    found = json.loads(rewarm(world, "funnel", "runs/small", "--json").stdout)
    (reason,) = (item for item in found["reasons"] if item["step"] == "decontaminate")
    for shown in reason["examples"]:
        said = rewarm(world, "explain", "runs/small", shown["id"]).stdout
        assert "decontaminate drop benchmark" in said and "match exam/item" in said


def test_a_passage_that_matches_carries_no_loss(world: Path) -> None:
    counts = _run(world, "tokenize", drop_share=1)
    assert counts["decontaminate"]["masked"] == 2 and counts["decontaminate"]["dropped"] == 0
    assert counts["tokenize"]["masked_tokens"] >= 80


def test_faults_in_a_benchmark_stop_before_anything_is_lost(world: Path) -> None:
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())

    def said(**benchmark: Any) -> str:
        recipe["decontaminate"] = {"benchmarks": [{"name": "exam", "path": "exam.jsonl", **benchmark}]}
        (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
        ended = rewarm(world, "run", "recipe.yaml", "--until", "decontaminate")
        assert ended.returncode == 1
        return ended.stderr

    assert "decontaminate.benchmarks[0].path: no file at" in said()
    (world / "exam.jsonl").write_text('{"question": "What?"}\n{"question": "Wh')
    assert "a benchmark must be read whole" in said()
    (world / "exam.jsonl").write_text('{"question": "What?"}')
    assert "no record in" in said(question=["prompt"]) and "fields are question" in said(question=["prompt"])


@pytest.mark.parametrize("change", [{"frequent_documents": 50}, {"coverage": 0.8}])
def test_settings_run_only_what_hangs_on_them(world: Path, change: dict[str, Any]) -> None:
    _run(world, "decontaminate")
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["decontaminate"].update(change)
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, allow_unicode=True))
    ended = rewarm(world, "run", "recipe.yaml", "--until", "tokenize", "--dry-run", "--json")
    states = {step["step"]: step["state"] for step in json.loads(ended.stdout)["steps"]}
    assert states["dedupe"] == "done" and states["decontaminate"] == "would run"
