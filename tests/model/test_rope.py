"""Other angles from a stage on: the same as a model that was built with them, and back again."""

from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma3TextConfig, GPT2Config, LlamaConfig

from rewarm.errors import RewarmError
from rewarm.model.rope import Rotary

SMALL = {
    "vocab_size": 50, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "head_dim": 8,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0,
}  # fmt: skip
KINDS = ["sliding_attention", "full_attention"]
TOKENS = torch.arange(120)[None] % 50


def rope(**given: Any) -> dict[str, Any]:
    return {"type": "default", "theta": None, "factor": None, "original_positions": None, **given}


def built(config: Any) -> Any:
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()


@pytest.mark.parametrize(
    ("asked", "parameters"),
    [
        (rope(theta=5e5), {"rope_type": "default", "rope_theta": 5e5}),
        (rope(type="linear", factor=4), {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}),
        (rope(type="yarn", factor=2), {"rope_type": "yarn", "rope_theta": 1e4, "factor": 2.0}),
        (
            rope(type="llama3", factor=8, theta=5e5, original_positions=32),
            {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8.0, "original_max_position_embeddings": 32,
             "low_freq_factor": 1.0, "high_freq_factor": 4.0},
        ),
    ],
)  # fmt: skip
@torch.no_grad()
def test_equals_a_model_built_with_these_positions(asked: dict, parameters: dict) -> None:
    model = built(LlamaConfig(**SMALL))
    before = model(TOKENS).logits
    rotary = Rotary(model)
    rotary.set(asked, 128)
    if parameters["rope_type"] != "default":
        parameters.setdefault("original_max_position_embeddings", 64)
    other = built(LlamaConfig(**{**SMALL, "max_position_embeddings": 128}, rope_parameters=parameters))
    torch.testing.assert_close(model(TOKENS).logits, other(TOKENS).logits)
    assert not torch.allclose(model(TOKENS).logits, before, atol=1e-4)
    assert model.config.max_position_embeddings == 128
    rotary.set(None, 64)
    assert torch.equal(model(TOKENS).logits, before) and model.config.max_position_embeddings == 64


@torch.no_grad()
def test_kinds_of_layers_keep_their_own(tmp_path: Any) -> None:
    model = built(Gemma3TextConfig(**SMALL, sliding_window=8, layer_types=KINDS))
    before = model(TOKENS).logits
    Rotary(model).set(rope(theta=8e6), 128)
    after = model(TOKENS).logits
    model.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    torch.testing.assert_close(again(TOKENS).logits, after)
    assert again.config.rope_parameters["sliding_attention"]["rope_theta"] == 1e4
    assert not torch.allclose(after, before, atol=1e-4)


def test_learned_positions_are_refused() -> None:
    model = built(GPT2Config(vocab_size=50, n_embd=32, n_layer=1, n_head=4, n_positions=64))
    with pytest.raises(RewarmError, match="has no rotary positions"):
        Rotary(model).set(rope(theta=1e6), 128)
    Rotary(model).set(None, 64)
