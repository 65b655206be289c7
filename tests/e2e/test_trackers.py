"""A real run with all four trackers, killed and gone on with: what they show is what the log holds."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from command_line import command, environment, rewarm, start, write_recipe
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

pytestmark = pytest.mark.slow

TRACKERS = ["tensorboard", "wandb", "swanlab", "mlflow"]
TRAIN = {"batch_tokens": 256, "precision": "fp32", "checkpoint_updates": 2}


def _write(world: Path, model: Path, trackers: list[str]) -> None:
    write_recipe(world, model, train={**TRAIN, "trackers": trackers}, forgetting={"every": 3, "documents": 4})


def _step(world: Path, name: str) -> Path:
    steps = json.loads((world / "runs/small/run.json").read_text())["steps"]
    return world / "runs/small/steps" / steps[name]


def _scalars(world: Path) -> dict[str, dict[int, float]]:
    folder = world / "runs/small/trackers/tensorboard" / _step(world, "train").name
    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    found = {tag: reader.Scalars(tag) for tag in reader.Tags()["scalars"]}
    assert all(len({event.step for event in events}) == len(events) for events in found.values())
    return {tag: {event.step: event.value for event in events} for tag, events in found.items()}


def _check_against_the_log(world: Path) -> None:
    shown = _scalars(world)
    metrics = _step(world, "train") / "metrics"
    updates = pq.read_table(metrics / "updates.parquet")
    assert list(shown["loss"]) == updates["update"].to_pylist()
    assert np.allclose(list(shown["loss"].values()), updates["loss"].to_numpy(), rtol=1e-6)
    law = pq.read_table(metrics / "leaves.parquet", filters=[("leaf", "==", 0)])
    bits = law["nats"].to_numpy() / law["bytes"].to_numpy() / np.log(2)
    channel = shown["channel/task=domain/bits_per_byte"]
    assert list(channel) == law["update"].to_pylist()
    assert np.allclose(list(channel.values()), bits, rtol=1e-6)
    retained = pq.read_table(metrics / "retained.parquet").to_pylist()
    evaluations = {row["update"] - 1: pytest.approx(row["now"], rel=1e-6) for row in retained}
    assert evaluations and shown["retained/api/bits_per_byte"] == evaluations


def test_all_four_in_one_run_and_none_changes_what_is_done(world: Path, model: Path) -> None:
    _write(world, model, TRACKERS)
    ended = rewarm(world, "run", "recipe.yaml", "--json")
    assert ended.returncode == 0, ended.stderr
    assert "training continues" not in ended.stderr
    json.loads(ended.stdout)
    _check_against_the_log(world)
    folder = world / "runs/small/trackers"
    assert list(folder.glob("wandb/wandb/offline-run-*/*.wandb"))
    assert list(folder.glob("swanlab/run-*/*.swanlab"))
    assert (folder / "mlflow/mlflow.db").exists()
    strays = ("mlruns", "mlartifacts", "wandb", "swanlog")
    assert not [name for name in strays if (world / name).exists()]
    manifest = json.loads((_step(world, "train") / "_manifest.json").read_text())
    files = {name for name in manifest["files"] if not name.startswith("model/")}
    tables = {f"metrics/{name}.parquet" for name in ("updates", "leaves", "retained")}
    assert files - {"incidents.jsonl", "decisions.json"} == tables
    _write(world, model, [])
    assert "nothing to do" in rewarm(world, "run", "recipe.yaml").stdout


def test_tensorboard_shows_one_course_after_kills(world: Path, model: Path) -> None:
    _write(world, model, ["tensorboard"])
    seed = time.time_ns()
    rng = random.Random(seed)
    for _ in range(3):
        process = start(world, "run", "recipe.yaml")
        running = world / "runs/small/steps"
        while process.poll() is None and not list(running.glob("train-*.partial/checkpoints/update-000002")):
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    _check_against_the_log(world)


def test_a_tracker_whose_disk_refuses_does_not_stop_training(world: Path, model: Path) -> None:
    _write(world, model, ["tensorboard", "wandb"])
    (world / "runs/small").mkdir(parents=True)
    (world / "runs/small/trackers").write_text("a file where a folder should be")
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    for name in ("tensorboard", "wandb"):
        assert ended.stderr.count(f"{name}: could not be opened") == 1
    updates = pq.read_table(_step(world, "train") / "metrics/updates.parquet")
    assert f"tensorboard: failed {len(updates) + 1:,} times" in ended.stderr


def test_a_tracker_that_is_not_installed_is_told_before_the_first_step(world: Path, model: Path) -> None:
    _write(world, model, ["mlflow"])
    hidden = "import sys; sys.modules['mlflow'] = None; from rewarm.cli.main import main; main()"
    ended = subprocess.run(
        [command()[0], "-c", hidden, "run", "recipe.yaml"],
        cwd=world,
        env=environment(world),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert 'mlflow is not installed. Install it: pip install "rewarm[mlflow]"' in ended.stderr
    assert not list((world / "runs/small").glob("steps/collect*"))
