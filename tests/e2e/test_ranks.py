"""Two processes under torchrun: the same sequences, the same losses, and the same bits after kill -9."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from command_line import environment, rewarm, write_recipe
from safetensors.torch import load_file


def torchrun(world: Path, run: str, processes: int = 2) -> list[str]:
    return [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes),
        "-m", "rewarm", "run", "recipe.yaml", "--run-dir", run,
    ]  # fmt: skip


def ended(world: Path, run: str, processes: int = 2) -> None:
    done = subprocess.run(
        torchrun(world, run, processes), cwd=world, env=environment(world), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def rows(world: Path, run: str) -> list[dict]:
    (folder,) = (world / run / "steps").glob("train-*/metrics")
    found: list[dict] = pq.read_table(folder / "steps.parquet").to_pylist()
    return found


def digest(world: Path, run: str) -> str:
    return hashlib.sha256((world / run / "model/model.safetensors").read_bytes()).hexdigest()


def alike(world: Path, one: str, other: str) -> None:
    left, right = rows(world, one), rows(world, other)
    assert [row["tokens"] for row in left] == [row["tokens"] for row in right]
    for a, b in zip(left, right, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=1e-6, abs=1e-6)
        assert a["grad_norm"] == pytest.approx(b["grad_norm"], rel=1e-4)
    weights, others = (load_file(world / run / "model/model.safetensors") for run in (one, other))
    for name, weight in weights.items():
        assert (weight - others[name]).abs().max() < 1e-4, name


def kill(world: Path, run: str, pattern: str) -> None:
    """Start on two ranks and kill all of them when the pattern is there."""
    process = subprocess.Popen(
        torchrun(world, run), cwd=world, env=environment(world), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None and not list((world / run / "steps").glob(pattern)):
        time.sleep(0.002)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize("parallel", [{}, {"defer_reduction": True}, {"replicas": 2}])
def test_two_ranks_train_as_one(world: Path, model: Path, parallel: dict) -> None:
    train = {"batch_tokens": 320, "precision": "fp32", "checkpoint_steps": 2, "parallel": parallel}
    write_recipe(world, model, train=train, forgetting={"every": 4})
    assert rewarm(world, "run", "recipe.yaml", "--run-dir", "one").returncode == 0
    ended(world, "two")
    alike(world, "one", "two")
    (one,) = (world / "one/steps").glob("train-*/metrics/kept.parquet")
    (two,) = (world / "two/steps").glob("train-*/metrics/kept.parquet")
    looks = [pq.read_table(path).to_pylist() for path in (one, two)]
    assert len(looks[0]) >= 2
    for a, b in zip(*looks, strict=True):
        assert a["now"] == pytest.approx(b["now"], rel=1e-5)


def test_killed_ranks_go_on_with_the_same_bits_and_one_rank_goes_on_too(world: Path) -> None:
    ended(world, "whole")
    for run in ("again", "alone"):
        kill(world, run, "train-*.partial/checkpoints/step-000006")
    ended(world, "again")
    assert digest(world, "again") == digest(world, "whole")
    assert rewarm(world, "run", "recipe.yaml", "--run-dir", "alone").returncode == 0
    alike(world, "alone", "whole")


def test_launch_prints_a_command_that_runs(world: Path) -> None:
    said = rewarm(world, "launch", "recipe.yaml", "--processes", 2).stdout.strip().split("\n")
    assert said == [
        "rewarm run recipe.yaml --until baseline",
        "torchrun --standalone --nproc-per-node 2 -m rewarm run recipe.yaml",
    ]
    first = rewarm(world, "run", "recipe.yaml", "--until", "baseline")
    assert first.returncode == 0 and "baseline" in first.stdout and "train" not in first.stdout
    slurm = rewarm(world, "launch", "recipe.yaml", "--nodes", 4, "--processes", 8, "--slurm").stdout
    assert "#SBATCH --nodes=4" in slurm and "--nproc-per-node 8" in slurm
    assert subprocess.run(["bash", "-n"], input=slurm, text=True).returncode == 0
    recipe = yaml.safe_load((world / "recipe.yaml").read_text())
    recipe["train"]["parallel"] = {"replicas": 3}
    (world / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    refused = rewarm(world, "launch", "recipe.yaml", "--processes", 2)
    assert refused.returncode == 1 and "train.parallel.replicas" in refused.stderr
