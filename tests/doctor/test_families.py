"""The doctor on tiny models of families that treat their logits or layers in another way."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    CohereConfig,
    Gemma2Config,
    GraniteConfig,
    MixtralConfig,
)

from rewarm.doctor import Check, checks

SIZES = {
    "vocab_size": 512, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 8, "num_key_value_heads": 8, "initializer_range": 0.2,
}  # fmt: skip


def checked(config: Any, tokenizer: Path, folder: Path) -> dict[str, Check]:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder / "model")
    AutoTokenizer.from_pretrained(tokenizer).save_pretrained(folder / "model")
    return {check.name: check for check in checks(None, folder / "model", folder)}


@pytest.mark.parametrize(
    "config",
    [
        Gemma2Config(**SIZES, final_logit_softcapping=2.0, head_dim=8, sliding_window=8),
        CohereConfig(**SIZES, logit_scale=0.25),
        GraniteConfig(**SIZES, logits_scaling=4.0),
    ],
    ids=["gemma2", "cohere", "granite"],
)
def test_a_scale_or_cap_of_the_logits_passes(config: Any, model: Path, tmp_path: Path) -> None:
    found = checked(config, model, tmp_path)
    assert all(found[name].ok for name in ("loss head", "packed documents", "accumulation")), found


def test_a_mixture_of_experts_is_refused(model: Path, tmp_path: Path) -> None:
    check = checked(MixtralConfig(**SIZES, num_local_experts=2), model, tmp_path)["model"]
    assert not check.ok and "router's auxiliary loss" in check.seen
