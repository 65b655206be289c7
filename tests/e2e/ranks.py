"""Runs on several processes under torchrun: started, killed, and compared with others."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
from command_line import Ranks, environment, rewarm
from safetensors.torch import load_file

from rewarm.corpus.tables import metrics


def command(run: str, processes: int, *more: str) -> list[str]:
    """Train in the run directory `run`; more: options of torchrun."""
    several = [
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), *more,
    ]  # fmt: skip
    return [
        sys.executable, *(several if processes > 1 else []),
        "-m", "rewarm", "run", "recipe.yaml", "--run-dir", run, "--until", "train",
    ]  # fmt: skip


def start(
    world: Path, run: str, processes: int, *more: str, before: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    """Begin with training, under torchrun when there are several processes."""
    lend(world, run)
    with (world / f"{run}.log").open("a") as log:
        return subprocess.Popen(
            command(run, processes, *more),
            cwd=world, env=environment(world), start_new_session=True, stdout=log, stderr=log, text=True,
            preexec_fn=before,
        )  # fmt: skip


def lend(world: Path, run: str) -> None:
    """Data and baseline are those of the run `prepared`."""
    if not (world / run).exists():
        shutil.copytree(world / "prepared", world / run)


def prepare(world: Path) -> None:
    done = rewarm(world, "run", "recipe.yaml", "--run-dir", "prepared", "--until", "baseline")
    assert done.returncode == 0, done.stderr


def ended(world: Path, run: str, processes: int, *more: str) -> str:
    """Run to the end of training; what was said. Options of torchrun make it start the ranks."""
    if more:
        code = start(world, run, processes, *more).wait()
        said = (world / f"{run}.log").read_text()
    else:
        lend(world, run)
        ranks = Ranks(world, processes, "run", "recipe.yaml", "--run-dir", run, "--until", "train")
        code = ranks.wait()
        said = ranks.said()
    assert code == 0, said
    return said


def logged(world: Path, run: str) -> int:
    """Updates in the log of a run that trains."""
    found = list((world / run / "steps").glob("train-*.partial"))
    try:
        return len(metrics.read(found[0], "updates")) if found else 0
    except FileNotFoundError:  # sealed, rolled back or published meanwhile
        return 0


def killed(world: Path, run: str, processes: int, when: Callable[[], bool]) -> None:
    """Start and kill -9 what was started when `when` says so; its workers must follow it."""
    process = start(world, run, processes)
    while process.poll() is None and not when():
        time.sleep(0.002)
    assert process.poll() is None, (world / f"{run}.log").read_text()
    workers = psutil.Process(process.pid).children(recursive=True)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive, "workers outlive torchrun"


def rows(world: Path, run: str) -> list[dict]:
    (folder,) = (world / run / "steps").glob("train-*/metrics")
    found: list[dict] = pq.read_table(folder / "updates.parquet").to_pylist()
    return found


def weights(world: Path, run: str) -> Path:
    (path,) = (world / run / "steps").glob("train-*/model/model.safetensors")
    return path


def digest(world: Path, run: str) -> str:
    return hashlib.sha256(weights(world, run).read_bytes()).hexdigest()


def alike(world: Path, one: str, other: str, loss: float, weight: float) -> None:
    """The same sequences, losses to `loss` (relative), weights to `weight` (absolute)."""
    left, right = rows(world, one), rows(world, other)
    same = ("update", "stage", "tokens", "first_sequence", "sequences", "rate")
    assert [[row[key] for key in same] for row in left] == [[row[key] for key in same] for row in right]
    for a, b in zip(left, right, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], rel=loss), a["update"]
        assert a["grad_norm"] == pytest.approx(b["grad_norm"], rel=1e-4), a["update"]
    left_weights, right_weights = load_file(weights(world, one)), load_file(weights(world, other))
    assert left_weights.keys() == right_weights.keys()
    apart = {name: float((value - right_weights[name]).abs().max()) for name, value in left_weights.items()}
    assert max(apart.values()) < weight, apart
