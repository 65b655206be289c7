"""Layers that are recomputed or compiled, as the recipe's switches do it, give the plain run's updates."""

from pathlib import Path

import pytest
import torch

from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.train import optimizer

TRAIN = {
    "weight_decay": 0.1, "betas": (0.9, 0.95), "epsilon": 1e-5,
    "lora": None, "optimizer": "adamw", "offload": "none",
}  # fmt: skip


def losses(folder: Path, switch: str) -> list[float]:
    """Of four updates on two packed sequences of two documents each."""
    model = causal_lm.load(folder, torch.device("cpu"))
    # Layers are alike: one is enough, and compiling takes seconds.
    model.model.layers = model.model.layers[:1]
    if switch == "activation_checkpointing":
        causal_lm.recompute_layers(model)
    lm = PackedLM(model, 16).train()
    if switch == "compile":
        for layer in lm.layers():
            layer.compile()
    tool = optimizer.build(lm, TRAIN)
    for group in tool.param_groups:
        group["lr"] = 1e-3
    tokens = torch.randint(500, (2, 24), generator=torch.Generator().manual_seed(0))
    positions = torch.cat([torch.arange(10), torch.arange(14)]).repeat(2, 1)
    found = []
    for _ in range(4):
        tool.zero_grad()
        loss, _ = lm(tokens, positions, torch.full((2, 23), 1 / 46))
        loss.backward()
        tool.step()
        found.append(loss.item())
    return found


# While torch.compile traces it meets warnings of PyTorch's own code, and errors stop it.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("switch", ["activation_checkpointing", "compile"])
@pytest.mark.slow
def test_losses_agree_with_the_plain_run(model: Path, switch: str) -> None:
    plain = losses(model, "")
    assert plain[-1] < plain[0]
    assert losses(model, switch) == pytest.approx(plain, rel=1e-5)
