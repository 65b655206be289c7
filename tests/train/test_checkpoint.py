"""Checkpoints: the same bits back, damage refused and named, only the newest kept."""

import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from unwilling import cannot_delete, open_to_all

from rewarm.errors import RewarmError, full_disk
from rewarm.plan import memory
from rewarm.train import checkpoint_tensors
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed.ranks import Ranks


def training() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 2))
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def checkpoints(folder: Path, keep_every: int = 0) -> Checkpoints:
    return Checkpoints(folder, Ranks(0, 1, torch.device("cpu")), keep=2, keep_every=keep_every)


def walk(model: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        optimizer.zero_grad()
        model(torch.full((3, 4), float(step + 1))).pow(2).sum().backward()
        optimizer.step()


def test_a_restored_run_goes_on_with_the_same_bits(tmp_path: Path) -> None:
    model, optimizer = training()
    walk(model, optimizer, range(3))
    checkpoints(tmp_path).save(3, model, optimizer, {"guard": 7}, wait=True)
    random = torch.rand(2)
    walk(model, optimizer, range(3, 6))
    again, other = training()
    assert checkpoints(tmp_path).restore(again, other) == (3, {"guard": 7}, [])
    assert torch.equal(torch.rand(2), random)
    walk(again, other, range(3, 6))
    for left, right in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)


def test_several_files_give_the_same_bits_and_each_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "CHECKPOINT_FILE", 128)
    model, optimizer = training()
    for step in (1, 2):
        walk(model, optimizer, range(step))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    files = sorted((tmp_path / "update-000002").glob("*.safetensors"))
    assert len(files) > 3 and all(sum(map(_size, load_file(file).values())) <= 128 for file in files)
    again, other = training()
    assert checkpoints(tmp_path).restore(again, other)[0] == 2
    for left, right in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)
        assert torch.equal(optimizer.state[left]["exp_avg_sq"], other.state[right]["exp_avg_sq"])
    files[-1].write_bytes(files[-1].read_bytes()[:-1])
    step, _, (refused,) = checkpoints(tmp_path).restore(*training())
    assert step == 1 and files[-1].name in refused


def _size(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(1, 4))
def test_files_are_bounded_and_keep_the_order(sizes: list[int], ranks: int) -> None:
    tensors = {f"t{number}": torch.empty(size) for number, size in enumerate(sizes)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "CHECKPOINT_FILE", 400)
        numbers = checkpoint_tensors.files(tensors, ranks)
    assert list(numbers) == list(tensors)
    assert sorted(set(numbers.values())) == list(range(1, max(numbers.values(), default=0) + 1))
    assert list(numbers.values()) == sorted(numbers.values())
    for file in set(numbers.values()):
        own = [_size(tensors[name]) / ranks for name, number in numbers.items() if number == file]
        assert sum(own) <= 400 or len(own) == 1
        # And no file is begun before the next tensor does not fit.
        after = [_size(tensors[name]) / ranks for name, number in numbers.items() if number == file + 1]
        assert not after or sum(own) + after[0] > 400


def test_a_file_has_256_mb_at_most() -> None:
    tensors = {name: torch.empty(25 * 2**20, device="meta") for name in "abcdef"}  # 100 MB each
    assert list(checkpoint_tensors.files(tensors, 1).values()) == [1, 1, 2, 2, 3, 3]
    assert list(checkpoint_tensors.files(tensors, 2).values()) == [1, 1, 1, 1, 1, 2]


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in range(1, 6):
        walk(model, optimizer, range(1))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["update-000004", "update-000005"]


@pytest.mark.parametrize("file", ["weights", "state.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_damaged_checkpoint_is_refused_and_the_one_before_taken(
    tmp_path: Path, file: str, damage: str
) -> None:
    model, optimizer = training()
    for step in (1, 2):
        walk(model, optimizer, range(1))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    folder = tmp_path / "update-000002"
    path = next(folder.glob("*.safetensors")) if file == "weights" else folder / file
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    else:
        data[len(data) // 2] ^= 0x55
        path.write_bytes(data if damage == "flipped" else data[: len(data) // 2])
    if file == "state.json" and damage == "flipped":
        path.write_text("{" + path.read_text())
    step, _, refused = checkpoints(tmp_path).restore(*training())
    assert step == 1
    assert len(refused) == 1 and "update-000002" in refused[0] and path.name in refused[0]


def test_a_changed_digit_in_the_state_is_damage(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in (1, 2):
        checkpoints(tmp_path).save(step, model, optimizer, {"guard": {3: 0.125, 20: 1.5}}, wait=True)
    path = tmp_path / "update-000002/state.json"
    path.write_text(path.read_text().replace("0.125", "0.175"))
    step, extra, refused = checkpoints(tmp_path).restore(*training())
    assert step == 1 and extra == {"guard": {"3": 0.125, "20": 1.5}}
    assert "state.json is damaged" in refused[0]


def test_with_every_checkpoint_damaged_training_does_not_begin_anew(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in (1, 2):
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
        next((tmp_path / f"update-00000{step}").glob("*.safetensors")).write_bytes(b"")
    for _ in range(2):
        with pytest.raises(
            RewarmError, match=r"(?s)no checkpoint .*update-000002: .*update-000001: .*remove"
        ):
            checkpoints(tmp_path).restore(*training())
    assert checkpoints(tmp_path).updates() == [2, 1]


def test_a_checkpoint_that_cannot_be_deleted_is_a_warning(capfd: pytest.CaptureFixture[str]) -> None:
    model, optimizer = training()
    with open_to_all() as folder:
        checkpoints(folder).save(1, model, optimizer, {}, wait=True)
        with cannot_delete(folder / "update-000001"):
            for step in (2, 3, 4):
                checkpoints(folder).save(step, model, optimizer, {}, wait=True)
            assert checkpoints(folder).updates() == [4, 3, 1]
            assert capfd.readouterr().err.count("update-000001 cannot be deleted: Permission denied") == 1
            checkpoints(folder).forget_after(0)
            assert checkpoints(folder).updates() == [] and (folder / "update-000001.abandoned").is_dir()


def test_a_refused_checkpoint_neither_counts_nor_keeps_another_from_its_place(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in (1, 2):
        walk(model, optimizer, range(1))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    (tmp_path / "update-000002/state.json").write_text("{")
    writer = checkpoints(tmp_path)
    assert writer.restore(*training())[0] == 1 and writer.updates() == [1]
    writer.save(2, model, optimizer, {}, wait=True)
    assert writer.updates() == [2, 1] and writer.restore(*training())[0] == 2


def test_a_million_updates_are_more_than_999_900(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in (999_900, 1_000_000):
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    assert checkpoints(tmp_path).updates() == [1_000_000, 999_900]


def test_what_is_frozen_comes_from_the_earlier_run_too(tmp_path: Path) -> None:
    model, optimizer = training()
    walk(model, optimizer, range(3))
    checkpoints(tmp_path).save(3, model, optimizer, {}, wait=True)
    later, other = training()
    later[0].requires_grad_(False)
    fresh = later[0].weight.clone()
    checkpoints(tmp_path / "later").adopt(tmp_path / "update-000003", later, other)
    assert torch.equal(later[0].weight, fresh)
    checkpoints(tmp_path / "later").adopt_frozen(tmp_path / "update-000003", later)
    for left, right in zip(model.parameters(), later.parameters(), strict=True):
        assert torch.equal(left, right)


def test_no_checkpoint_is_step_zero(tmp_path: Path) -> None:
    assert checkpoints(tmp_path / "none").restore(*training()) == (0, {}, [])


def test_multiples_and_the_good_one_stay_besides(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in range(1, 10):
        checkpoints(tmp_path, keep_every=3).save(step, model, optimizer, {}, good={1}, wait=True)
    assert checkpoints(tmp_path).updates() == [9, 8, 6, 3, 1]
    checkpoints(tmp_path).save(10, model, optimizer, {}, good={9}, wait=True)
    assert checkpoints(tmp_path).updates() == [10, 9]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path, value: float) -> None:
    model, optimizer = training()
    checkpoints(tmp_path).save(1, model, optimizer, {}, wait=True)
    with torch.no_grad():
        model[1].weight[0, 3] = value
    with pytest.raises(RewarmError, match=r"after update 2 .* not finite, in 1\.weight"):
        checkpoints(tmp_path).save(2, model, optimizer, {}, wait=True)
    assert [path.name for path in tmp_path.iterdir()] == ["update-000001"]


def test_frozen_weights_are_the_bases_and_not_saved(tmp_path: Path) -> None:
    model, optimizer = training()
    model[0].requires_grad_(False)
    walk(model, optimizer, range(2))
    checkpoints(tmp_path).save(2, model, optimizer, {}, wait=True)
    (path,) = (tmp_path / "update-000002").glob("*.safetensors")
    names = [name for name in load_file(path) if name.startswith("model.")]
    assert sorted(names) == ["model.1.bias", "model.1.weight"]
    again, other = training()
    again[0].requires_grad_(False)
    assert checkpoints(tmp_path).restore(again, other)[0] == 2
    for left, right in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(left, right)


def test_a_disk_that_fills_at_any_byte_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    model, optimizer = training()
    walk(model, optimizer, range(1))
    checkpoints(tmp_path).save(1, model, optimizer, {}, wait=True)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "update-000001").iterdir()}
    assert len(sizes) == 2
    rng = random.Random(time.time_ns())
    limits = [
        0,
        *(size - 1 for size in sizes.values()),
        *(rng.randrange(max(sizes.values())) for _ in range(6)),
    ]
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in limits:
        writer = checkpoints(tmp_path)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
            with pytest.raises(OSError, match="File too large") as met:
                writer.save(2, model, optimizer, {}, wait=True)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert full_disk(met.value), limit
        assert checkpoints(tmp_path).restore(*training()) == (1, {}, []), limit
    writer.save(2, model, optimizer, {}, wait=True)
    assert checkpoints(tmp_path).restore(*training()) == (2, {}, [])


# Forks before any thread of torch exists: one import for all kills. A kill waits for a first
# checkpoint of its own child and then for up to twice the time that one takes.
SAVING = """
import os, pathlib, random, signal, sys, time
import safetensors.torch, torch
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed.ranks import Ranks
torch.set_num_threads(1)
folder, kills = pathlib.Path(sys.argv[1]), int(sys.argv[2])
rng = random.Random(time.time_ns())

def training(value):
    model = torch.nn.Linear(600, 600)
    torch.nn.init.constant_(model.weight, value)
    torch.nn.init.constant_(model.bias, value)
    return model, torch.optim.AdamW(model.parameters())

def checkpoints():
    return Checkpoints(folder, Ranks(0, 1, torch.device("cpu")), keep=2)

def saves():
    model, optimizer = training(0)
    at, _, _ = checkpoints().restore(model, optimizer)
    for step in range(at + 1, 10**6):
        torch.nn.init.constant_(model.weight, step)
        torch.nn.init.constant_(model.bias, step)
        checkpoints().save(step, model, optimizer, {"at": step}, wait=True)

def newest():
    return max(checkpoints().updates(), default=0)

def after(step):
    while newest() <= step:
        time.sleep(0.001)
    return time.monotonic()

training(0)
for turn in range(kills):
    before = newest()
    child = os.fork()
    if not child:
        saves()
    began = after(before)
    time.sleep(rng.uniform(0, 2) * (after(newest()) - began))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    child = os.fork()
    if not child:
        model, optimizer = training(0)
        at, extra, refused = checkpoints().restore(model, optimizer)
        whole = all(bool((weight == at).all()) for weight in model.parameters())
        writing = bool(list(folder.glob("*.partial")))
        print(at, writing, extra.get("at", 0) == at and whole and not refused, flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_of_writing_leaves_a_whole_checkpoint(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAVING, str(tmp_path), "12"], capture_output=True, text=True, timeout=300
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 12, done.stderr
    assert all(whole == "True" for _, _, whole in lines), done.stdout
    assert any(writing == "True" for _, writing, _ in lines), "no kill met a checkpoint in writing"
    steps = [int(step) for step, _, _ in lines]
    assert steps == sorted(steps) and steps[0] > 1
