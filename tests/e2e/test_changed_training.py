"""A training that was killed, and then its recipe or rewarm changed: it is never begun anew silently."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from command_line import Ranks, kill_when, rewarm, start, write_recipe
from ranks import digest

pytestmark = pytest.mark.slow


TRAIN = {"batch_tokens": 256, "precision": "fp32", "checkpoint_updates": 2, "micro_batch": 4}
ASKS = 1


def recipe(world: Path, model: Path, rate: float = 1e-3, window: int = 64, **train: object) -> None:
    stages = yaml.safe_load(write_recipe(world, model).read_text())["stages"]
    stages[0]["schedule"] = {"peak": rate}
    write_recipe(world, model, stages=stages, train={**TRAIN, **train}, forgetting={"every": 0},
                 guard={"window": window})  # fmt: skip


@pytest.fixture(scope="module")
def world(shared_world: Path, model: Path) -> Path:
    """With `killed/`, a run whose training was killed after update 4, and `whole/`, one that was not."""
    recipe(shared_world, model)
    done = rewarm(shared_world, "run", "recipe.yaml", "--run-dir", "killed", "--until", "baseline")
    assert done.returncode == 0, done.stderr
    shutil.copytree(shared_world / "killed", shared_world / "whole")
    process = start(shared_world, "run", "recipe.yaml", "--run-dir", "killed", "--until", "train")
    steps = shared_world / "killed/steps"
    kill_when(process, lambda: any(steps.glob("train-*.partial/checkpoints/update-000004")))
    assert partial(shared_world / "killed").is_dir()
    done = rewarm(shared_world, "run", "recipe.yaml", "--run-dir", "whole", "--until", "train")
    assert done.returncode == 0, done.stderr
    return shared_world


@pytest.fixture
def run(world: Path, model: Path, request: pytest.FixtureRequest) -> Path:
    """A copy of the killed run, for this test; the recipe is as it was."""
    recipe(world, model)
    name = request.node.name.removeprefix("test_")[:40]
    shutil.copytree(world / "killed", world / name)
    return world / name


def partial(run: Path) -> Path:
    (found,) = (run / "steps").glob("train-*.partial")
    return found


def newest(run: Path) -> int:
    return max(int(path.name[7:]) for path in partial(run).glob("checkpoints/update-??????"))


def again(run: Path, *more: str) -> Any:
    return rewarm(run.parent, "run", "recipe.yaml", "--run-dir", run.name, *more)


def rows(run: Path) -> list[dict[str, Any]]:
    (folder,) = (run / "steps").glob("train-*/metrics")
    found: list[dict[str, Any]] = pq.read_table(folder / "updates.parquet").to_pylist()
    return found


def order(run: Path) -> list[tuple[Any, ...]]:
    return [(row["stage"], row["first_sequence"], row["sequences"], row["tokens"]) for row in rows(run)]


def test_half_the_micro_batch_and_dense_masks_go_on_in_the_same_order(
    run: Path, world: Path, model: Path
) -> None:
    recipe(world, model, micro_batch=2, loss_chunk=64, attention="dense")
    at = newest(run)
    done = again(run, "--until", "train")
    assert done.returncode == 0, done.stderr
    assert "attention dense" in done.stderr
    assert "was interrupted: continues" in again(run.with_name("killed"), "--dry-run").stdout
    assert order(run) == order(world / "whole")
    for row, other in zip(rows(run), rows(world / "whole"), strict=True):
        assert row["loss"] == pytest.approx(other["loss"], rel=1e-5)
    (trained,) = (run / "steps").glob("train-*")
    sessions = [json.loads(line) for line in (trained / "_sessions.jsonl").read_text().splitlines()]
    settings = [(one["settings"]["micro_batch"], one["settings"]["attention"]) for one in sessions]
    assert settings == [(4, "auto"), (2, "dense")] and [one["update"] for one in sessions] == [0, at]


def test_a_tracker_is_added_bit_for_bit(run: Path, world: Path, model: Path) -> None:
    recipe(world, model, trackers=["tensorboard"], checkpoint_updates=3, keep_checkpoints=1)
    done = again(run, "--until", "train")
    assert done.returncode == 0, done.stderr
    assert digest(world, run.name) == digest(world, "whole")
    assert list(run.glob("trackers/tensorboard/train-*/*"))


def test_another_rate_asks_and_goes_on(run: Path, world: Path, model: Path) -> None:
    at, before = newest(run), partial(run)
    recipe(world, model, rate=5e-4, window=32)
    for more in ([], ["--dry-run"]):
        said = again(run, *more)
        assert said.returncode == ASKS, said.stderr
        told = said.stdout if more else said.stderr
        assert "stages.adapt.schedule.peak: 0.001 → 0.0005" in told
        assert f"unfinished training at update {at} of {len(rows(world / 'whole'))}" in told
        assert "--continue" in told and "--restart-training" in told
        assert partial(run) == before and newest(run) == at
    both = again(run, "--continue", "--restart-training")
    assert both.returncode == 2 and "exclude each other" in both.stderr

    done = again(run, "--continue")
    assert done.returncode == 0, done.stderr
    assert f"continues as requested from update {at}" in done.stdout
    assert not before.exists()
    assert order(run) == order(world / "whole")
    rates = [
        (row["rate"], other["rate"]) for row, other in zip(rows(run), rows(world / "whole"), strict=True)
    ]
    assert all(now == was for now, was in rates[:at]) and rates[at][0] < rates[at][1]
    (record,) = json.loads((run / "run.json").read_text())["continued"]
    assert record["update"] == at
    changes = ["guard.window: 64 → 32", "stages.adapt.schedule.peak: 0.001 → 0.0005"]
    assert record["changes"] == [f"recipe  {change}" for change in changes]
    assert "0.001 → 0.0005" in (run / "report/index.html").read_text()
    assert "0.001 → 0.0005" in (run / "model/README.md").read_text()
    assert "0.001 → 0.0005" in done.stdout.split("model     ")[0].split("continues as requested")[1]
    assert "nothing to do" in again(run).stdout


def test_another_rate_trains_anew_when_told_to(run: Path, world: Path, model: Path) -> None:
    before = partial(run)
    recipe(world, model, rate=5e-4)
    done = again(run, "--restart-training", "--until", "train")
    assert done.returncode == 0, done.stderr
    now = [row for row in rows(run) if row["stage"] == "adapt"]
    was = [row for row in rows(world / "whole") if row["stage"] == "adapt"]
    assert all(row["rate"] == pytest.approx(other["rate"] / 2) for row, other in zip(now, was, strict=True))
    assert before.is_dir()
    assert before.name in rewarm(world, "prune", run.name).stdout
    assert not before.exists()


def test_other_code_asks_which_files_changed(run: Path, world: Path) -> None:
    as_if_begun_by_other_code(run)
    at = newest(run)
    said = again(run)
    assert said.returncode == ASKS and "code    train/guard/judge.py" in said.stderr, said.stderr
    done = again(run, "--continue", "--until", "train")
    assert done.returncode == 0, done.stderr
    assert digest(world, run.name) == digest(world, "whole")
    (record,) = json.loads((run / "run.json").read_text())["continued"]
    assert record["update"] == at and record["changes"][0].startswith("code    train/guard/judge.py")


def test_what_decides_the_state_cannot_go_on(run: Path, world: Path, model: Path) -> None:
    recipe(world, model, batch_tokens=512)
    said = again(run)
    assert said.returncode == ASKS
    assert "train.batch_tokens changed (256 → 512)" in said.stderr
    assert "--continue" not in said.stderr
    refused = again(run, "--continue")
    assert refused.returncode == 1 and "cannot continue: train.batch_tokens" in refused.stderr
    assert newest(run) >= 4


def test_prune_keeps_an_unfinished_training_and_its_inputs(run: Path, world: Path, model: Path) -> None:
    held = partial(run)
    stages = yaml.safe_load((world / "recipe.yaml").read_text())["stages"]
    stages[1]["tokens"] = 1500
    write_recipe(world, model, stages=stages, train=TRAIN, forgetting={"every": 0})
    done = again(run, "--until", "pack")
    assert done.returncode == 0, done.stderr
    begun = json.loads((held / "_begun.json").read_text())["folders"]
    said = rewarm(world, "prune", run.name).stdout
    (line,) = (line for line in said.splitlines() if f"/{held.name}" in line)
    assert line.startswith("kept") and line.endswith(f"an unfinished training at update {newest(run)}")
    assert newest(run) >= 4 and (run / "steps" / begun["pack"]).is_dir()


def test_a_damaged_block_is_named_and_packed_again(run: Path, world: Path) -> None:
    folder = next((run / "steps").glob("pack-*"))
    # In the last block: training goes on until it needs it.
    block = folder / "anneal/00000.arrow"
    data = bytearray(block.read_bytes())
    data[len(data) // 2] ^= 1
    block.write_bytes(data)
    said = again(run, "--until", "train")
    assert said.returncode == 1 and "anneal/00000.arrow: is damaged" in said.stderr
    assert f"Remove {folder.relative_to(world)}" in said.stderr
    shutil.rmtree(folder)
    done = again(run, "--until", "train")
    assert done.returncode == 0, done.stderr
    assert digest(world, run.name) == digest(world, "whole")


def test_two_ranks_stop_and_ask_and_take_the_answer(run: Path, world: Path, model: Path) -> None:
    at = newest(run)
    recipe(world, model, rate=5e-4)

    def ended(*more: str) -> Ranks:
        ranks = Ranks(world, 2, "run", "recipe.yaml", "--run-dir", run.name, "--until", "train", *more)
        ranks.wait()
        return ranks

    asked = ended()
    assert asked.poll() and f"unfinished training at update {at}" in asked.said()
    assert newest(run) == at
    done = ended("--continue")
    assert done.poll() == 0, done.said()
    assert order(run) == order(world / "whole")
    (record,) = json.loads((run / "run.json").read_text())["continued"]
    assert record["update"] == at
    # As a restart of torchrun's would: nothing is left to answer.
    assert ended("--continue").poll() == 0


def as_if_begun_by_other_code(run: Path) -> None:
    folder = partial(run)
    begun = json.loads((folder / "_begun.json").read_text())
    begun["code"]["train/guard/judge.py"] = begun["key"] = "0123456789abcdef"
    (folder / "_begun.json").write_text(json.dumps(begun))
    folder.rename(folder.with_name("train-0123456789abcdef.partial"))
