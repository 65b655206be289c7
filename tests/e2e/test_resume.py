"""Killed by kill -9 while training, on one process or two: the same bits as if nothing had happened."""

import random
import resource
import shutil
import time
from pathlib import Path

import psutil
import pytest
from command_line import write_recipe
from ranks import alike, digest, ended, killed, logged, prepare, rows, start

pytestmark = pytest.mark.slow

STAGES = [
    {"name": "adapt", "tokens": 5000, "mix": {"law": 0.6, "api": 0.4}, "schedule": {"peak": 1e-3}},
    {"name": "anneal", "tokens": 2500, "mix": {"law": 0.5, "api": 0.5}, "best": 0.5},
]
ACCUMULATED, AT_ONCE = 1, 8  # sequences of a pass, of 8 in an update


@pytest.fixture(scope="module")
def world(shared_world: Path, model: Path) -> Path:
    recipe(shared_world, model, AT_ONCE)
    prepare(shared_world)
    return shared_world


def recipe(world: Path, model: Path, micro_batch: int) -> None:
    train = {"batch_tokens": 512, "precision": "fp32", "checkpoint_updates": 3, "micro_batch": micro_batch}
    write_recipe(world, model, stages=STAGES, forgetting={"every": 0}, train=train)


@pytest.mark.parametrize("micro_batch", [ACCUMULATED, AT_ONCE], ids=["accumulated", "at-once"])
@pytest.mark.parametrize("processes", [1, 2])
def test_kill_at_a_random_step_and_at_the_stage_boundary(
    world: Path, model: Path, processes: int, micro_batch: int
) -> None:
    recipe(world, model, micro_batch)
    whole, again = f"whole-{processes}-{micro_batch}", f"again-{processes}-{micro_batch}"
    ended(world, whole, processes)
    first = next(row["update"] for row in rows(world, whole) if row["stage"] == "anneal")
    assert 3 < first < len(rows(world, whole)) - 1
    at = random.Random(time.time_ns()).randint(1, first - 1)
    print("killed after update", at, "and", first + 1)
    killed(world, again, processes, lambda: logged(world, again) >= at)
    killed(world, again, processes, lambda: logged(world, again) >= first + 1)
    alone = f"alone-{micro_batch}"
    if processes == 2:
        shutil.copytree(world / again, world / alone)
    ended(world, again, processes)
    assert digest(world, again) == digest(world, whole)
    if processes == 2:
        ended(world, alone, 1)
        alike(world, alone, whole, 1e-6, 1e-4)


def test_torchrun_restarts_the_ranks_when_one_is_killed(world: Path, model: Path) -> None:
    recipe(world, model, AT_ONCE)
    if not (world / "whole-2-8").exists():
        ended(world, "whole-2-8", 2)
    process = start(world, "restarted", 2, "--max-restarts", "2")
    for rank, update in (("1", 4), ("0", 10)):
        while process.poll() is None and logged(world, "restarted") < update:
            time.sleep(0.002)
        assert process.poll() is None, (world / "restarted.log").read_text()
        workers = {one.environ()["RANK"]: one for one in psutil.Process(process.pid).children()}
        workers[rank].kill()
        workers[rank].wait()
        # Its metrics are cut back to the checkpoint when it starts again.
        while process.poll() is None and logged(world, "restarted") >= update:
            time.sleep(0.002)
    said = (world / "restarted.log").read_text()
    assert process.wait() == 0, said
    assert digest(world, "restarted") == digest(world, "whole-2-8")


def test_a_full_disk_under_two_ranks_is_an_error_message(world: Path, model: Path) -> None:
    recipe(world, model, AT_ONCE)

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    process = start(world, "full", 2, before=full)
    assert process.wait() == 1
    said = (world / "full.log").read_text()
    assert "disk: file too large while writing" in said and "Free space" in said
    assert not (world / "rewarm-crash.log").exists()
