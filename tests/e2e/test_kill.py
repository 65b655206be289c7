"""A run that is killed, wherever, ends with the same bits as one that was not."""

import hashlib
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import command, environment, kill_when, rewarm, start, write_recipe

pytestmark = pytest.mark.slow


def _weights(world: Path) -> str:
    return hashlib.sha256((world / "runs/small/model/model.safetensors").read_bytes()).hexdigest()


def _kill_when(world: Path, seen: Callable[[], bool]) -> bool:
    """Start the run and kill it when `seen` says so; whether it was still running then."""
    return kill_when(start(world, "run", "recipe.yaml"), seen)


def _in(world: Path, pattern: str) -> Callable[[], bool]:
    return lambda: any((world / "runs/small/steps").glob(pattern))


@pytest.fixture(scope="module")
def undisturbed(shared_world: Path, model: Path) -> str:
    """The weights of a run elsewhere that nothing stopped."""
    write_recipe(shared_world, model, redact={"enabled": True})
    ended = rewarm(shared_world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    return _weights(shared_world)


@pytest.fixture(autouse=True)
def every_step_works(world: Path, model: Path) -> None:
    write_recipe(world, model, redact={"enabled": True})


DATA_STEPS = ["collect", "holdout", "redact", "clean", "select", "phrases", "dedupe", "trim"]
DATA_STEPS += ["decontaminate", "tokenize", "mix", "order", "pack"]


def test_kill_in_every_step(world: Path, undisturbed: str) -> None:
    killed = [
        step
        for step in [*DATA_STEPS, "baseline", "train", "evaluate", "export"]
        if _kill_when(world, _in(world, f"{step}-*.partial"))
    ]
    # Some steps last milliseconds; these must have been caught in the act.
    slow = {"collect", "redact", "clean", "dedupe", "tokenize", "baseline", "train", "evaluate"}
    assert slow <= set(killed)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert _weights(world) == undisturbed
    assert not list((world / "runs/small/steps").glob("*.partial"))


def test_kill_while_a_checkpoint_is_written(world: Path, undisturbed: str) -> None:
    for step in (2, 6, 10):
        partial = f"train-*.partial/checkpoints/update-{step:06}.partial/*"
        assert _kill_when(world, _in(world, partial)), step
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert _weights(world) == undisturbed


def test_kill_at_random_moments_of_training(world: Path, undisturbed: str) -> None:
    rng = random.Random(time.time_ns())
    for _ in range(3):
        wait = rng.uniform(0, 1.0)
        begun: list[float] = []

        def late(wait: float = wait, begun: list[float] = begun) -> bool:
            if not begun and _in(world, "train-*.partial/metrics.jsonl")():
                begun.append(time.monotonic())
            return bool(begun) and time.monotonic() - begun[0] > wait

        _kill_when(world, late)
    ended = rewarm(world, "run", "recipe.yaml")
    assert ended.returncode == 0, ended.stderr
    assert _weights(world) == undisturbed


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 75)])
def test_a_signal_saves_and_the_same_command_goes_on(
    world: Path, undisturbed: str, sent: signal.Signals, code: int
) -> None:
    log = _in(world, "train-*.partial/checkpoints/update-000002")
    process = start(world, "run", "recipe.yaml")
    while process.poll() is None and not log():
        time.sleep(0.001)
    process.send_signal(sent)
    _, errors = process.communicate()
    assert process.returncode == code
    assert "checkpoint saved" in errors and "run the same command to resume" in errors
    assert "Traceback" not in errors
    assert "was interrupted" in rewarm(world, "run", "recipe.yaml", "--dry-run").stdout
    assert rewarm(world, "run", "recipe.yaml").returncode == 0
    assert _weights(world) == undisturbed


def test_a_damaged_checkpoint_is_refused_aloud(world: Path, undisturbed: str) -> None:
    assert _kill_when(world, _in(world, "train-*.partial/checkpoints/update-000006"))
    newest = max((world / "runs/small/steps").glob("train-*.partial/checkpoints/update-??????"))
    file = next(newest.glob("*.safetensors"))
    weights = bytearray(file.read_bytes())
    weights[-5] ^= 1
    file.write_bytes(bytes(weights))
    ended = rewarm(world, "run", "recipe.yaml")
    assert "refused" in ended.stderr and newest.name in ended.stderr
    assert _weights(world) == undisturbed


def test_two_runs_at_once_are_refused(world: Path) -> None:
    process = start(world, "run", "recipe.yaml")
    while process.poll() is None and not (world / "runs/small/steps").exists():
        time.sleep(0.001)
    said = rewarm(world, "run", "recipe.yaml")
    process.wait()
    assert said.returncode == 1 and "another rewarm works in this run" in said.stderr


def test_the_result_hangs_on_no_worker_count(world: Path, undisturbed: str) -> None:
    ended = subprocess.run(
        ["taskset", "-c", "0", *command("run", "recipe.yaml")],
        cwd=world,
        env=environment(world),
        capture_output=True,
    )
    assert ended.returncode == 0
    assert _weights(world) == undisturbed
