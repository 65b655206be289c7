"""A stage of longer sequences at other angles, the whole way, killed across the stage's border."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml
from command_line import kill_when, rewarm, start, write_recipe
from transformers import AutoConfig

pytestmark = pytest.mark.slow


ROPE = {"type": "yarn", "factor": 2.0}


def test_a_long_context_stage_ends_with_its_own_positions(world: Path, model: Path) -> None:
    write_recipe(world, model)
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["stages"][1] |= {"seq_len": 128, "rope": ROPE, "lengths": {"long": 120, "share": 0.7}}
    recipe["evaluate"]["seq_len"] = 128
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe, sort_keys=False))
    ended = rewarm(world, "run", "recipe.yaml", "--run-dir", "whole")
    assert ended.returncode == 0, ended.stderr
    (packed,) = (world / "whole/steps").glob("pack-*/manifest.json")
    stages = json.loads(packed.read_text())
    assert {name: entry["seq_len"] for name, entry in stages.items()} == {"adapt": 64, "anneal": 128}
    shown = json.loads(rewarm(world, "context", "whole", "--json").stdout)
    adapt, anneal = shown["stages"]
    assert adapt["long"] == {} and anneal["long"]["law"]["share"] > 0.6
    assert sum(one["tokens"] for one in anneal["bins"]) == anneal["tokens"]
    assert 0 < anneal["cross"] <= anneal["sequences"]
    assert [one["last"] for one in shown["after"]] == [1, 3, 7, 15, 31, 63, 127]
    assert sum(one["tokens"] for one in shown["after"]) == sum(one["tokens"] for one in shown["before"])
    assert shown["peak_memory"] > 2e8
    assert "stage 'anneal' at 128 tokens: an estimated" in ended.stderr
    config = AutoConfig.from_pretrained(world / "whole/model")
    assert config.rope_parameters["rope_type"] == "yarn"
    assert config.rope_parameters["original_max_position_embeddings"] == 512

    process = start(world, "run", "recipe.yaml", "--run-dir", "killed")
    log = "train-*.partial/metrics.jsonl"
    steps = world / "killed/steps"
    kill_when(process, lambda: any('"anneal"' in path.read_text() for path in steps.glob(log)))
    assert rewarm(world, "run", "recipe.yaml", "--run-dir", "killed").returncode == 0
    weights = [
        hashlib.sha256((world / run / "model/model.safetensors").read_bytes()).hexdigest()
        for run in ("whole", "killed")
    ]
    assert weights[0] == weights[1]
