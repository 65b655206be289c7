"""Predicted minus actual frequencies: against autograd's gradient of a bias; folded vocabularies."""

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rewarm.diagnose.attribution.gradients import Passage
from rewarm.diagnose.base_mix import calibration


def model(words: int) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=words, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
            num_attention_heads=2, max_position_embeddings=64, initializer_range=0.3,
        )
    ).eval()  # fmt: skip


def passage(seed: int, words: int, masked: int = 0) -> Passage:
    weights = np.ones(30, np.float32)
    weights[:masked] = 0
    return Passage(np.random.default_rng(seed).integers(0, words, 30), weights)


def test_it_is_the_gradient_of_a_bias_per_token() -> None:
    passages = [passage(1, 50), passage(2, 50, masked=20)]
    found, losses = calibration.of_passages(model(50), passages, precision="fp32")
    for row, one in enumerate(passages):
        tokens, weights = torch.from_numpy(one.tokens), torch.from_numpy(one.weights[1:])
        bias = torch.zeros(50, requires_grad=True)
        logits = model(50)(input_ids=tokens[None]).logits[0, :-1] + bias
        nats = torch.nn.functional.cross_entropy(logits, tokens[1:], reduction="none")
        loss = (nats * weights).sum() / weights.sum()
        loss.backward()
        assert torch.allclose(found[row], bias.grad, atol=1e-6)
        assert abs(losses[row].item() - loss.item()) < 1e-5


def test_folding_keeps_products() -> None:
    passages = [passage(seed, 2000) for seed in range(6)]
    whole, _ = calibration.of_passages(model(2000), passages, precision="fp32")
    folded, _ = calibration.of_passages(model(2000), passages, buckets=1000, precision="fp32")
    assert whole.shape == (6, 2000) and folded.shape == (6, 1000)
    true, found = whole @ whole.T, folded @ folded.T
    # A product's error is about the product of the lengths over the root of the buckets.
    lengths = true.diag().sqrt()
    assert ((found - true).abs() < 5 * lengths[:, None] * lengths / 1000**0.5).all()
