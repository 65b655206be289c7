"""Offload changes where numbers lie and none of them."""

from pathlib import Path

import pytest
import torch

from rewarm.recipe import Train
from rewarm.train.checkpoint import Checkpoints
from rewarm.train.distributed import offload
from rewarm.train.distributed.offload import OffloadedAdamW
from rewarm.train.distributed.ranks import Ranks

HOW = {"lr": 1e-2, "betas": (0.9, 0.95), "eps": 1e-8, "weight_decay": 0.1, "fused": True}


def network() -> torch.nn.Sequential:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(37, 301), torch.nn.GELU(), torch.nn.Linear(301, 5))


def walk(model: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        torch.manual_seed(100 + step)
        optimizer.zero_grad()
        model(torch.randn(8, 37)).pow(2).mean().backward()
        for group in optimizer.param_groups:
            group["lr"] = 1e-2 / (1 + step)
        optimizer.step()


def equal(left: torch.nn.Module, right: torch.nn.Module) -> bool:
    pairs = zip(left.parameters(), right.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("size", [2**24, 1024])
def test_the_bits_are_those_of_the_ordinary_optimizer(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(offload, "SLICE", size)
    plain, other = network(), network()
    ordinary = torch.optim.AdamW(plain.parameters(), **HOW)
    offloaded = OffloadedAdamW(other.parameters(), **HOW)
    walk(plain, ordinary, range(20))
    walk(other, offloaded, range(20))
    assert equal(plain, other) and not equal(plain, network())
    for left, right in zip(plain.parameters(), other.parameters(), strict=True):
        for key in ("step", "exp_avg", "exp_avg_sq"):
            assert torch.equal(ordinary.state[left][key], offloaded.state[right][key])


def test_a_checkpoint_passes_between_the_two(tmp_path: Path) -> None:
    def checkpoints() -> Checkpoints:
        return Checkpoints(tmp_path, Ranks(0, 1, torch.device("cpu")), keep=2)

    plain, other = network(), network()
    ordinary = torch.optim.AdamW(plain.parameters(), **HOW)
    walk(plain, ordinary, range(4))
    checkpoints().save(4, plain, ordinary, {}, wait=True)
    walk(plain, ordinary, range(4, 8))
    offloaded = OffloadedAdamW(other.parameters(), **HOW)
    assert checkpoints().restore(other, offloaded)[0] == 4
    walk(other, offloaded, range(4, 8))
    assert equal(plain, other)


def test_moments_in_bytes_and_in_host_memory_are_one_choice() -> None:
    with pytest.raises(ValueError, match="take it, or offload"):
        Train.model_validate({"optimizer": "adamw_8bit", "offload": "optimizer"})
    for fine in ({"optimizer": "adamw_8bit", "offload": "parameters"}, {"offload": "optimizer"}):
        assert Train.model_validate(fine).offload == fine["offload"]
