"""One update of eight sequences: as 1 x 8, 2 x 4 or 8 x 1 it is the same update."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from command_line import rewarm, write_recipe
from safetensors.torch import load_file

pytestmark = pytest.mark.slow


def _run(world: Path, model: Path, micro_batch: int) -> tuple[list[dict], dict[str, torch.Tensor]]:
    train = {"batch_tokens": 512, "precision": "fp32", "micro_batch": micro_batch}
    write_recipe(world, model, train=train)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    run = world / "runs/small"
    steps = json.loads((run / "run.json").read_text())["steps"]
    rows = pq.read_table(run / "steps" / steps["train"] / "metrics/updates.parquet").to_pylist()
    return rows, load_file(run / "model/model.safetensors")


def test_micro_batch_changes_nothing(world: Path, model: Path) -> None:
    rows, weights = _run(world, model, 1)
    for size in (2, 8):
        others, other_weights = _run(world, model, size)
        assert [row["tokens"] for row in rows] == [row["tokens"] for row in others]
        for row, other in zip(rows, others, strict=True):
            assert abs(row["loss"] - other["loss"]) < 1e-6 * row["loss"] + 1e-6
        for name, weight in weights.items():
            assert (weight - other_weights[name]).abs().max() < 1e-4, name
