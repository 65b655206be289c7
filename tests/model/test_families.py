"""Every family of models: packed documents are isolated, and every token weighs the same.

The reference is naive: each document alone, full logits and gradients in float64.
"""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    CohereConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    GPT2Config,
    GraniteConfig,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

from rewarm.corpus.tables.blocks import Sequence
from rewarm.model import attention, causal_lm
from rewarm.train.batch import collate

SIZES = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
    "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2,
}  # fmt: skip
FAMILIES: dict[str, Any] = {
    "llama": LlamaConfig(**SIZES),
    "llama, untied": LlamaConfig(**SIZES, tie_word_embeddings=False),
    "mistral": MistralConfig(**SIZES, sliding_window=8),
    "qwen2": Qwen2Config(**SIZES, tie_word_embeddings=True),
    "qwen3": Qwen3Config(**SIZES, head_dim=8),
    "gemma": GemmaConfig(**SIZES, head_dim=8),
    "gemma2": Gemma2Config(**SIZES, head_dim=8, sliding_window=8, final_logit_softcapping=2.0),
    "gemma3": Gemma3TextConfig(**SIZES, head_dim=8, sliding_window=8),
    "cohere": CohereConfig(**SIZES, logit_scale=0.25),
    "granite": GraniteConfig(**SIZES, logits_scaling=4.0),
    "gpt2": GPT2Config(
        vocab_size=97, n_embd=32, n_layer=3, n_head=4, n_positions=128, bos_token_id=0, eos_token_id=1,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
    ),
}  # fmt: skip


def build(family: str) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(FAMILIES[family], dtype=torch.float32)
    # Far from the flat start, so that a wrong mask is seen in the loss.
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model.train()


def sequence(lengths: list[int], masked: list[int], seed: int) -> Sequence:
    rng = np.random.default_rng(seed)
    count = len(lengths)
    return Sequence(
        tokens=rng.integers(0, 97, sum(lengths)).astype(np.uint32), lengths=np.array(lengths),
        leaves=np.zeros(count, dtype=np.int64), documents=np.arange(count),
        offsets=np.zeros(count, dtype=np.int64), joined=np.zeros(count, dtype=bool),
        last=np.ones(count, dtype=bool), masked=np.array(masked, dtype=np.int32),
    )  # fmt: skip


def naive(model: Any, sequences: list[Sequence]) -> tuple[float, dict[str, torch.Tensor]]:
    """Loss and gradients of the mean over all targets, one document after the other, in float64."""
    model = model.double()
    model.zero_grad()
    total, losses = 0, []
    for packed in sequences:
        start = 0
        for length in packed.lengths.tolist():
            tokens = torch.from_numpy(packed.tokens[start : start + length].astype(np.int64))[None]
            counts = torch.ones(length, dtype=torch.float64)
            for first, stop in packed.masked.reshape(-1, 2).tolist():
                counts[max(0, first - start) : max(0, stop - start)] = 0
            logits = model(input_ids=tokens, use_cache=False).logits[0, :-1]
            nll = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="none")
            losses.append((nll * counts[1:]).sum())
            total += int(counts[1:].sum())
            start += length
    loss = torch.stack(losses).sum() / total
    loss.backward()
    gradients = {name: part.grad.clone() for name, part in model.named_parameters() if part.grad is not None}
    model.zero_grad()
    model.float()
    return loss.item(), gradients


CASES: list[tuple[str, attention.Path, bool]] = [
    *((family, path, False) for family in FAMILIES for path in ("documents", "dense")),
    *((family, "documents", True) for family in ("llama", "mistral", "gemma2")),
]


@pytest.mark.parametrize(("family", "path", "recompute"), CASES)
def test_packed_equals_documents_alone(family: str, path: attention.Path, recompute: bool) -> None:
    model = build(family)
    sequences = [sequence([17, 30, 5], [20, 26, 49, 51], seed=1), sequence([40, 9], [], seed=2)]
    expected, gradients = naive(model, sequences)
    assert str(attention.choose(model, path, torch.device("cpu"), "fp32")).startswith(path)
    if recompute:
        causal_lm.recompute_layers(model)
    batch = collate(sequences)
    weights = batch.weights / batch.weights.sum()
    loss, _ = causal_lm.token_losses(model, batch.tokens, batch.positions, weights, chunk=16)
    loss.backward()
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    for name, parameter in model.named_parameters():
        if name in gradients:
            scale = gradients[name].abs().max().item()
            assert parameter.grad is not None, name
            assert (parameter.grad.double() - gradients[name]).abs().max() < 1e-4 * scale + 1e-7, name
