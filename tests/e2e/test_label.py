"""Labels from a user's seeds: train, inspect, apply, and use in a recipe."""

import json
from pathlib import Path

import pytest
import yaml
from command_line import document, rewarm, write_recipe

from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


@pytest.fixture
def seeded(world: Path) -> Path:
    rows = [{"text": document(kind, 5000 + n), "kind": kind} for kind in ("law", "api") for n in range(40)]
    (world / "seeds.jsonl").write_text("\n".join(map(json.dumps, rows)) + '\n{"text": 1}\n')
    ended = rewarm(world, "label", "train", "seeds.jsonl", "--axis", "kind", "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["held_out"]["macro_f1"] > 0.95 and len(found["seeds"]["faults"]) == 1
    return world


def test_a_classifier_of_seeds_labels_files_and_documents(seeded: Path, model: Path) -> None:
    said = rewarm(seeded, "label", "inspect", "kind.safetensors", "seeds.jsonl").stdout
    assert "macro-F1" in said and "confusion" in said and "1 left out, faults" in said
    ended = rewarm(seeded, "label", "apply", "kind.safetensors", "law", "--out", "out.jsonl", "--limit", 200)
    assert "labelled  200 of 200 texts" in ended.stdout, ended.stderr
    rows = [json.loads(line) for line in (seeded / "out.jsonl").read_text().splitlines()]
    assert sum(row["predicted_kind"] == "law" for row in rows) > 195

    write_recipe(
        seeded, model,
        sources=[
            {"name": name, "path": name, "labels": {"kind": {"attribute": "predicted_kind"}}}
            for name in ("law", "api")
        ],
        annotate={"classifiers": {"kind": {"file": "kind.safetensors"}}},
        stages=[{"name": "adapt", "tokens": 3000, "mix": {"kind=law": 0.5, "kind=api": 0.5}}],
    )  # fmt: skip
    ended = rewarm(seeded, "run", "recipe.yaml", "--until", "mix")
    assert ended.returncode == 0, ended.stderr
    leaves = {(leaf.source, leaf.labels.get("kind")) for leaf in Run(seeded / "runs/small").leaves}
    assert {("law", "law"), ("api", "api")} <= leaves
    ended = rewarm(seeded, "label", "train", "runs/small", "--axis", "kind", "--dry-run")
    assert ended.returncode == 1 and "predicted ones do not teach" in ended.stderr


def test_a_classifier_that_is_not_there_is_told_at_once(world: Path) -> None:
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["annotate"] = {"classifiers": {"kind": {"file": "none.safetensors"}}}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    ended = rewarm(world, "run", "recipe.yaml", "--until", "annotate")
    assert ended.returncode == 1 and "rewarm label train SEEDS --axis kind" in ended.stderr
    assert "Traceback" not in ended.stderr
