"""A run's blocks for other trainers, as a user asks for them."""

import json
from pathlib import Path

import pytest
from command_line import rewarm

pytestmark = pytest.mark.slow


def test_blocks_for_other_trainers(world: Path) -> None:
    early = rewarm(world, "blocks", "runs/small", "out", "--to", "megatron")
    assert early.returncode == 1 and "runs/small: is not a run" in early.stderr
    assert rewarm(world, "run", "recipe.yaml", "--until", "pack").returncode == 0

    dry = rewarm(world, "blocks", "runs/small", "out", "--to", "megatron", "--dry-run")
    assert dry.returncode == 0 and "would write adapt: 3,000 tokens" in dry.stdout
    assert not (world / "out").exists() and not (world / "out.partial").exists()

    written = rewarm(world, "blocks", "runs/small", "out", "--to", "megatron")
    assert written.returncode == 0, written.stderr
    assert "--data-path out/anneal --split 1,0,0 --reset-position-ids" in written.stdout
    again = rewarm(world, "blocks", "runs/small", "out", "--to", "megatron")
    assert again.returncode == 1 and "out: exists; nothing is overwritten" in again.stderr

    ended = rewarm(
        world, "blocks", "runs/small", "texts", "--to", "llama-factory", "--stage", "adapt", "--json"
    )
    assert ended.returncode == 0, ended.stderr
    (row,) = json.loads(ended.stdout)["stages"]
    lines = (world / "texts/adapt.jsonl").read_text(encoding="utf-8").splitlines()
    assert row["counts"]["tokens"] == 3000 and row["counts"]["documents"] == len(lines)
    assert {json.loads(line)["channel"] for line in lines} == {"law", "api"}

    wrong = rewarm(world, "blocks", "runs/small", "x", "--to", "megatron", "--stage", "adept")
    assert wrong.returncode == 1 and "has no stage 'adept'; its stages are adapt, anneal" in wrong.stderr
