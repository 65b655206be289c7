"""A run that goes on from another's state: appended data, and anneals that branch off."""

import json
import shutil
from pathlib import Path

import planted
import pyarrow.parquet as pq
import pytest
import yaml
from command_line import document, rewarm, write_recipe

pytestmark = pytest.mark.slow

STABLE = {"shape": "constant", "peak": 1e-3, "warmup": 0.2}


def written(world: Path, file: str, /, **changes: object) -> None:
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    (world / file).write_text(yaml.safe_dump({**recipe, **changes}, sort_keys=False, allow_unicode=True))


def step_of(run: Path, name: str) -> Path:
    record = json.loads((run / "run.json").read_text())
    return run / "steps" / record["steps"][name]


def used(run: Path) -> list[str]:
    return planted.trained_on(step_of(run, "pack"))


@pytest.fixture
def first(world: Path, model: Path) -> Path:
    train = {
        "batch_tokens": 256, "precision": "fp32", "checkpoint_updates": 4, "keep_every": 4, "keep_last": True,
    }  # fmt: skip
    mix = {"law": 0.6, "api": 0.4}
    stages = [{"name": "adapt", "tokens": 3000, "mix": mix, "schedule": STABLE}]
    write_recipe(world, model, train=train, stages=stages)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    states = sorted(path.name for path in (step_of(world / "runs/small", "train") / "_states").iterdir())
    assert states[:3] == ["update-000004", "update-000008", "update-000012"]
    return world


def test_appended_data_goes_on_without_a_restart(first: Path) -> None:
    rows = [json.dumps({"text": document("law", 10_000 + number)}) for number in range(100)]
    (first / "law/more.jsonl").write_text("\n".join(rows) + "\n")
    written(first, "more.yaml", name="more", start={"run": "runs/small"})
    ended = rewarm(first, "run", "more.yaml")
    assert ended.returncode == 0, ended.stderr
    one, two = (
        pq.read_table(step_of(first / f"runs/{name}", "train") / "metrics/updates.parquet").to_pylist()
        for name in ("small", "more")
    )
    assert one[0]["rate"] < one[-1]["rate"] == 1e-3
    assert {row["rate"] for row in two} == {1e-3}, "no second warm-up"
    assert two[0]["loss"] < one[0]["loss"] - 0.5, "weights go on"
    before, after = set(used(first / "runs/small")), set(used(first / "runs/more"))
    assert not before & after, "documents that were not used come first"
    held = pq.read_table(step_of(first / "runs/more", "evaluate") / "documents.parquet")["id"].to_pylist()
    assert held and not set(held) & before, "nothing that was trained on is held out now"
    again = rewarm(first, "run", "more.yaml")
    assert "nothing to do" in again.stdout


def test_anneals_branch_off_from_any_stable_checkpoint(first: Path) -> None:
    anneal = {
        "name": "anneal", "tokens": 1000, "mix": {"law": 1.0},
        "schedule": {"shape": "linear", "peak": 1e-3, "final": 0},
    }  # fmt: skip
    variants = {
        f"from-{update}": {"start": {"run": str(first / "runs/small"), "update": update}}
        for update in (4, 12)
    }
    written(first, "anneal.yaml", name="anneal", stages=[anneal], variants=variants)
    ended = rewarm(first, "run", "anneal.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    losses = {}
    for name in variants:
        variant = first / "runs/anneal/variants" / name
        steps = json.loads((variant / "run.json").read_text())["steps"]
        trained = first / "runs/anneal/steps" / steps["train"]
        losses[name] = pq.read_table(trained / "metrics/updates.parquet").to_pylist()[0]["loss"]
    assert losses["from-12"] < losses["from-4"] - 0.1


def test_what_is_not_there_is_told(first: Path) -> None:
    written(first, "anneal.yaml", name="anneal", start={"run": "runs/small", "update": 5})
    said = rewarm(first, "run", "anneal.yaml")
    assert said.returncode == 1 and "keeps no state of 5 updates; it has 4, 8, 12" in said.stderr
    written(first, "anneal.yaml", name="anneal", start={"run": "runs/none"})
    said = rewarm(first, "run", "anneal.yaml")
    assert said.returncode == 1 and "start.run: " in said.stderr and "runs/none: is not a run" in said.stderr
    shutil.rmtree(step_of(first / "runs/small", "train") / "_states")
    written(first, "anneal.yaml", name="anneal", start={"run": "runs/small"})
    assert "keeps no training state" in rewarm(first, "run", "anneal.yaml").stderr
