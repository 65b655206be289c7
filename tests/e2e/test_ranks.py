"""Several processes under torchrun: the same sequences, losses and weights as one, however laid out."""

import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from command_line import rewarm, write_recipe
from ranks import alike, ended, killed, logged, prepare

pytestmark = pytest.mark.slow

STAGES = [
    {"name": "adapt", "tokens": 5000, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}},
    {"name": "anneal", "tokens": 2000, "mix": {"law": 0.5, "api": 0.5}, "best": 0.5},
]


def recipe(world: Path, model: Path, parallel: dict, **train: object) -> None:
    # Where all gradients are rounding errors, Adam's usual epsilon makes whole steps of them.
    fixed = {"batch_tokens": 320, "precision": "fp32", "checkpoint_updates": 2, "epsilon": 1e-5}
    write_recipe(
        world, model, stages=STAGES, forgetting={"every": 8}, train={**fixed, "parallel": parallel, **train}
    )


@pytest.fixture(scope="module")
def alone(shared_world: Path, model: Path) -> Path:
    """A world where the run `one` was trained by one process."""
    recipe(shared_world, model, {})
    prepare(shared_world)
    ended(shared_world, "one", 1)
    return shared_world


@pytest.mark.parametrize(
    ("processes", "parallel"),
    [
        (2, {"defer_reduction": True}),
        (2, {"replicas": 2}),
        (2, {"tensor": 2}),
        (4, {"tensor": 2}),
    ],
    ids=["deferred", "replicas", "tensor", "shards-x-tensor"],
)
def test_ranks_train_as_one(
    alone: Path, model: Path, request: pytest.FixtureRequest, processes: int, parallel: dict
) -> None:
    recipe(alone, model, parallel)
    run = str(request.node.callspec.id)
    ended(alone, run, processes)
    alike(alone, "one", run, 1e-5, 1e-5)
    looks = []
    for name in ("one", run):
        (path,) = (alone / name / "steps").glob("train-*/metrics/retained.parquet")
        looks.append(pq.read_table(path).to_pylist())
    assert len(looks[0]) >= 2
    for a, b in zip(*looks, strict=True):
        assert a["now"] == pytest.approx(b["now"], rel=1e-5)


def test_a_checkpoint_of_one_layout_is_read_by_another(alone: Path, model: Path) -> None:
    recipe(alone, model, {"tensor": 2})
    killed(alone, "moved", 2, lambda: logged(alone, "moved") >= 7)
    recipe(alone, model, {})
    killed(alone, "moved", 2, lambda: logged(alone, "moved") >= 14)
    recipe(alone, model, {"tensor": 2})
    ended(alone, "moved", 2)
    alike(alone, "one", "moved", 1e-5, 1e-5)


def test_launch_prints_a_command_that_runs(world: Path) -> None:
    said = rewarm(world, "launch", "recipe.yaml", "--processes", 2).stdout.strip().split("\n")
    assert said == [
        "rewarm run recipe.yaml --until baseline",
        "TORCH_ELASTIC_SHUTDOWN_TIMEOUT=110 "
        "torchrun --standalone --nproc-per-node 2 --max-restarts 3 -m rewarm run recipe.yaml",
    ]
    first = rewarm(world, "run", "recipe.yaml", "--until", "baseline")
    assert first.returncode == 0 and "baseline" in first.stdout and "train" not in first.stdout
    slurm = rewarm(world, "launch", "recipe.yaml", "--nodes", 4, "--processes", 8, "--slurm").stdout
    assert "export TORCH_ELASTIC_SHUTDOWN_TIMEOUT=110\nsrun torchrun" in slurm
    assert "#SBATCH --nodes=4" in slurm and "--nproc-per-node 8" in slurm
    assert subprocess.run(["bash", "-n"], input=slurm, text=True).returncode == 0
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    for name, number in (("replicas", 3), ("tensor", 4)):
        recipe["train"]["parallel"] = {name: number}
        (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
        refused = rewarm(world, "launch", "recipe.yaml", "--nodes", 2, "--processes", 2)
        assert refused.returncode == 1 and f"train.parallel.{name}" in refused.stderr
