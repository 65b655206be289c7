"""Layers divided over two processes, each family built small: gradients, norm and updates of a whole one."""

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MixtralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
)

from rewarm.errors import RewarmError
from rewarm.model import attention
from rewarm.model.packed_lm import PackedLM
from rewarm.train import optimizer
from rewarm.train.distributed import meshes
from rewarm.train.distributed.ranks import Ranks, _meshes, check, shard

SMALL = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0,
}  # fmt: skip
FAMILIES = {
    "llama": lambda: LlamaConfig(**SMALL, tie_word_embeddings=True),
    "qwen2": lambda: Qwen2Config(**SMALL),
    "qwen3": lambda: Qwen3Config(**SMALL),
    "gemma3": lambda: Gemma3TextConfig(**SMALL),
    "phi3": lambda: Phi3Config(**SMALL),
}
# With Adam's usual epsilon a gradient of rounding errors makes a whole step of either sign.
TRAIN = {
    "weight_decay": 0.1, "betas": (0.9, 0.95), "epsilon": 1e-4, "precision": "fp32",
    "parallel": {"gather_bf16": False}, "lora": None, "optimizer": "adamw", "offload": "none",
}  # fmt: skip


def built(config: Any) -> PackedLM:
    torch.manual_seed(0)
    return PackedLM(AutoModelForCausalLM.from_config(config, dtype=torch.float32), 8)


def trained(lm: PackedLM, precision: str = "fp32") -> tuple[float, float, dict[str, torch.Tensor]]:
    """(loss, norm, weights after three clipped updates), whole on every rank."""
    tool = optimizer.build(lm, TRAIN)
    for group in tool.param_groups:
        group["lr"] = 1e-2
    tokens = torch.randint(64, (2, 16), generator=torch.Generator().manual_seed(1))
    found = (0.0, 0.0)
    for _ in range(3):
        tool.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            loss, _ = lm(tokens, None, torch.full((2, 15), 1 / 30))
        loss.backward()
        parameters = list(lm.parameters())
        norm = meshes.total_norm([one.grad for one in parameters if one.grad is not None])
        meshes.clip(parameters, 0.5, norm)
        tool.step()
        found = (float(loss.detach()), float(norm))
    whole = {
        name: (weight.full_tensor() if hasattr(weight, "full_tensor") else weight).detach()
        for name, weight in lm.named_parameters()
    }
    return *found, whole


def _rank(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    store = dist.FileStore(f"{folder}/store", 2)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=2)
    device = torch.device("cpu")
    mesh, tensor = _meshes(device, 2, 1, 2)
    ranks = Ranks(rank, 2, device, mesh, None, 2, tensor)
    for name, config in FAMILIES.items():
        for precision in ("fp32", "bf16"):
            expected, found = built(config()), built(config())
            attention.use(found.model, "documents")
            shard(found, ranks, TRAIN)
            loss, norm, weights = trained(expected, precision)
            other_loss, other_norm, others = trained(found, precision)
            close = 1e-5 if precision == "fp32" else 2e-2
            assert abs(loss - other_loss) < close, (name, precision, loss, other_loss)
            assert abs(norm - other_norm) < 10 * close * norm, (name, precision, norm, other_norm)
            if precision == "fp32":
                for key, weight in weights.items():
                    assert (weight - others[key]).abs().max() < 1e-4, (name, key)
    letters = {
        "does not divide num_key_value_heads = 1": LlamaConfig(**{**SMALL, "num_key_value_heads": 1}),
        "values that fit: 1, 3": LlamaConfig(
            **{**SMALL, "num_attention_heads": 3, "num_key_value_heads": 3, "hidden_size": 24}
        ),
        "no tensor plan": GPT2Config(vocab_size=64, n_embd=32, n_layer=1, n_head=2),
        "not supported": MixtralConfig(**{**SMALL, "num_local_experts": 2}),
    }
    for letter, config in letters.items():
        with pytest.raises(RewarmError) as refused:
            shard(built(config), ranks, TRAIN)
        assert letter in str(refused.value), str(refused.value)
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes_share_matrices(tmp_path: Path) -> None:
    torch.multiprocessing.spawn(_rank, args=(str(tmp_path),), nprocs=2)


def test_groups_that_do_not_come_out_even_are_refused() -> None:
    check(8, 2, 2)
    with pytest.raises(RewarmError, match="tensor: 6 processes do not make groups of 4"):
        check(6, 1, 4)
    with pytest.raises(RewarmError, match="give a divisor of 3"):
        check(6, 2, 2)
