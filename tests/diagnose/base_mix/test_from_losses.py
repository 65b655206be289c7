"""A small model trained on a known mix of made languages."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from rewarm.diagnose.attribution.gradients import Passage
from rewarm.diagnose.base_mix import from_losses

WORDS, LENGTH = 60, 32


def texts(language: int, count: int, seed: int) -> np.ndarray:
    """int64 [count, LENGTH]: each language has its own Markov chain over the same words."""
    chain = np.random.default_rng(language).dirichlet(np.full(WORDS, 0.05), size=WORDS).cumsum(axis=1)
    rng = np.random.default_rng(seed)
    found = rng.integers(0, WORDS, (count, LENGTH))
    for at in range(1, LENGTH):
        drawn = rng.random((count, 1))
        found[:, at] = (chain[found[:, at - 1]] < drawn).sum(axis=1).clip(max=WORDS - 1)
    return found


def trained(shares: tuple[float, ...], updates: int = 120) -> LlamaForCausalLM:
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=WORDS, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=LENGTH,
        )
    )  # fmt: skip
    rows = np.concatenate([texts(kind, round(share * updates * 16), 1) for kind, share in enumerate(shares)])
    rows = torch.from_numpy(np.random.default_rng(0).permutation(rows))
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for update, batch in enumerate(rows.split(16)):
        optimizer.param_groups[0]["lr"] = 5e-3 * (1 - update / updates) + 1e-5
        model(input_ids=batch, labels=batch, use_cache=False).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.1), (0.15, 0.6, 0.25)])
def test_shares_of_a_models_training(shares: tuple[float, ...]) -> None:
    passages = [Passage(row, np.ones(LENGTH, np.float32)) for kind in range(3) for row in texts(kind, 48, 2)]
    found = from_losses.estimate(trained(shares), passages, np.repeat(range(3), 48), precision="fp32")
    assert np.argsort(found.shares).tolist() == np.argsort(shares).tolist()
    assert np.abs(found.shares - shares).mean() < 0.1
    assert (found.low <= found.shares).all() and (found.shares <= found.high).all()
    # What the model saw most of has the lowest loss, and the smallest slope.
    assert found.losses.argmin() == found.slopes.argmin() == np.argmax(shares)
