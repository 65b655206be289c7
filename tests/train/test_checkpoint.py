"""Checkpoints: the same bits back, damage refused and named, only the newest kept."""

from pathlib import Path

import pytest
import torch

from rewarm.train.checkpoint import Checkpoints
from rewarm.train.ranks import Ranks


def training() -> tuple[torch.nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Linear(8, 2))
    return model, torch.optim.AdamW(model.parameters(), lr=0.1)


def checkpoints(folder: Path) -> Checkpoints:
    return Checkpoints(folder, Ranks(0, 1, torch.device("cpu")), keep=2)


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


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    model, optimizer = training()
    for step in range(1, 6):
        walk(model, optimizer, range(1))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-000004", "step-000005"]


@pytest.mark.parametrize("file", ["weights", "state.json"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "missing"])
def test_a_damaged_checkpoint_is_refused_and_the_one_before_taken(
    tmp_path: Path, file: str, damage: str
) -> None:
    model, optimizer = training()
    for step in (1, 2):
        walk(model, optimizer, range(1))
        checkpoints(tmp_path).save(step, model, optimizer, {}, wait=True)
    folder = tmp_path / "step-000002"
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
    assert len(refused) == 1 and "step-000002" in refused[0] and path.name in refused[0]


def test_no_checkpoint_is_step_zero(tmp_path: Path) -> None:
    assert checkpoints(tmp_path / "none").restore(*training()) == (0, {}, [])
