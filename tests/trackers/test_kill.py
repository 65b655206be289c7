"""kill -9 of the training process: what each tracker still has, and that no update stands twice."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import test_mlflow
import test_swanlab
import test_tensorboard
import test_wandb
from course import log, row

pytestmark = pytest.mark.slow


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from course import log, row
from rewarm.trackers import tracker_thread

tracker_thread._FLUSH = 120  # a busy machine must not fail the test
told = log(Path(sys.argv[2]), sys.argv[3], 0)
for update in range(30):
    told.add(row(update))
told.seal()
for update in range(30, 35):
    told.add(row(update))
os.kill(os.getpid(), signal.SIGKILL)
"""


def kill_and_go_on(folder: Path, name: str) -> None:
    """Thirty updates, a checkpoint, five more, kill; then again from the checkpoint to forty."""
    arguments = [sys.executable, "-c", KILLED, str(Path(__file__).parent), str(folder), name]
    ended = subprocess.run(arguments, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr
    again = log(folder, name, 30)
    for update in range(30, 40):
        again.add(row(update, 2))
    again.close()


def test_mlflow_has_what_was_before_the_checkpoint(tmp_path: Path, mlflow_store: Path) -> None:
    kill_and_go_on(tmp_path, "mlflow")
    client, (first, second) = test_mlflow.runs(tmp_path)
    assert sorted(test_mlflow.updates(client, first, "loss"))[:30] == list(range(30))
    assert sorted(test_mlflow.updates(client, second, "loss")) == list(range(30, 40))
    assert [run.info.status for run in (first, second)] == ["KILLED", "FINISHED"]


def test_tensorboard_has_what_was_before_the_checkpoint(tmp_path: Path) -> None:
    kill_and_go_on(tmp_path, "tensorboard")
    found = test_tensorboard.read(tmp_path)["loss"]
    assert list(found) == list(range(40))
    assert found[29] == pytest.approx(row(29)["loss"]) and found[30] == pytest.approx(row(30, 2)["loss"])


def test_wandb_and_swanlab_lose_the_last_block_at_most(tmp_path: Path) -> None:
    """Neither has a call that writes what it holds: W&B 32 KB, SwanLab 8 KB and 1.5 seconds."""
    for name, runs in (
        ("wandb", lambda: test_wandb.read(tmp_path).values()),
        ("swanlab", lambda: [names.get("loss", {}) for names in test_swanlab.read(tmp_path).values()]),
    ):
        kill_and_go_on(tmp_path, name)
        first, second = sorted(runs(), key=lambda updates: min(updates, default=-1))
        assert list(second) == list(range(30, 40)), name
        assert list(first) == list(range(len(first))) and len(first) <= 35, name
        shutil.rmtree(tmp_path / "work")
