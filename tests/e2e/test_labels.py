"""Labels that documents bring along, from the recipe to the report, as a user uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from command_line import document, rewarm

from rewarm.runs.run import Run

pytestmark = pytest.mark.slow


def written(world: Path, model: Path, **law: Any) -> None:
    """200 records that say what they are about, and a source that says it of all."""
    rows = [
        {
            "text": document(("law", "api")[number % 3 == 0], number),
            "kind": ("tax", "court", None)[number % 3],
        }
        for number in range(200)
    ]
    (world / "mixed.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    labels = {"task": "domain", "topic": {"field": "kind"}, **law}
    recipe = {
        "name": "small", "model": str(model),
        "sources": [
            {"name": "mixed", "path": "mixed.jsonl", "labels": labels},
            {"name": "api", "path": "api", "labels": {"task": "general"}},
        ],
        "stages": [
            {"name": "adapt", "tokens": 3000, "mix": {"topic=tax": 0.25, "topic=court": 0.25,
            "task=general": 0.5}}
        ],
        "pack": {"seq_len": 128}, "train": {"batch_tokens": 512, "precision": "fp32"},
        "holdout": {"min_documents": 8}, "evaluate": {"most_forgetting": 1},
    }  # fmt: skip
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))


def ran(world: Path) -> dict[str, str]:
    ended = rewarm(world, "run", "recipe.yaml", "--json", "--restart-training")
    assert ended.returncode == 0, ended.stderr
    return {step["step"]: step["state"] for step in json.loads(ended.stdout)["steps"]}


def test_labels_from_records_are_channels_and_a_changed_one_tokenizes_nothing(
    world: Path, model: Path
) -> None:
    written(world, model)
    ran(world)
    run = Run(world / "runs/small")
    assert [(leaf.source, leaf.labels) for leaf in run.leaves] == [
        ("mixed", {"task": "domain", "topic": "court"}),
        ("mixed", {"task": "domain", "topic": "tax"}),
        ("mixed", {"task": "domain"}),
        ("api", {"task": "general"}),
    ]
    channels = {(row["axis"], row["value"]): row for row in run.channels.to_pylist()}
    assert all(channels["topic", value]["documents"] >= 1 for value in ("tax", "court", "not labelled"))
    assert channels["topic", "tax"]["after_nats"] < channels["topic", "tax"]["before_nats"]
    curve = {(row["axis"], row["value"]): row["tokens"] for row in run.curves.to_pylist()}
    assert curve["topic", "tax"] > 0 and ("topic", "not labelled") not in curve
    plan = run.json("mix", "plan.json")["adapt"]
    assert {entry: row["leaves"] for entry, row in plan.items()} == {
        "topic=tax": [1], "topic=court": [0], "task=general": [3],
    }  # fmt: skip
    trained = next(row for row in run.documents.to_pylist() if dict(row["labels"]).get("topic") == "tax")
    said = rewarm(world, "explain", "runs/small", trained["id"]).stdout
    assert "topic: tax" in said and "task: domain" in said
    page = (world / "runs/small/report/index.html").read_text()
    assert "topic" in page and "court" in page and "topic=tax" in page

    # What a source says of all its documents: nothing before `mix` runs again.
    written(world, model, task="law")
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    states = ran(world)
    # But for `phrases`, which compares sources of other tasks, and finds the same here.
    again = [step for step, state in states.items() if state == "ran"]
    assert again[:2] == ["phrases", "mix"]
    assert states["tokenize"] == states["baseline"] == states["pack"] == "done"
    assert states["evaluate"] == "ran" and recipe["sources"][0]["labels"]["task"] == "law"


def test_a_value_that_nobody_has_stops_the_mix_and_is_told_with_those_that_are_there(
    world: Path, model: Path
) -> None:
    written(world, model)
    text = (world / "recipe.yaml").read_text().replace("topic=court", "topic=courts")
    (world / "recipe.yaml").write_text(text)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 1
    assert "stages.adapt.mix: no document is topic=courts; documents by topic:" in ended.stderr
    assert "court (" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("mix", "said"),
    [
        ({"subject=tax": 1.0}, "no source labels the axis 'subject'"),
        ({"task=general": 0.5, "api": 0.5}, "api and task=general both select source api"),
    ],
)
def test_a_mix_that_cannot_be_is_refused_at_once(
    world: Path, model: Path, mix: dict[str, float], said: str
) -> None:
    written(world, model)
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["stages"][0]["mix"] = mix
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 1 and said in ended.stderr and not (world / "runs/small/steps").exists()
