"""Projected gradients: against autograd, in batches, on other layouts of linear layers; influence to first
order."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from rewarm.diagnose.attribution import gradients, influence
from rewarm.diagnose.attribution.gradients import Passage

WORDS = 40


def llama() -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=WORDS, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=64, initializer_range=0.2,
        )
    ).eval()  # fmt: skip


def gpt2() -> Any:
    torch.manual_seed(0)
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=WORDS, n_embd=16, n_layer=2, n_head=2, n_positions=64, resid_pdrop=0.0, embd_pdrop=0.0,
            attn_pdrop=0.0,
        )
    ).eval()  # fmt: skip


def passage(seed: int, length: int, masked: int = 0) -> Passage:
    rng = np.random.default_rng(seed)
    weights = np.ones(length, np.float32)
    weights[:masked] = 0
    return Passage(rng.integers(0, WORDS, length), weights)


def alike() -> list[Passage]:
    """Two passages with the same beginning, whose gradients point the same way."""
    first, second = passage(1, 24), passage(2, 20)
    return [first, Passage(np.concatenate([first.tokens[:16], second.tokens]), np.ones(36, np.float32))]


def mean_loss(model: Any, one: Passage) -> torch.Tensor:
    tokens = torch.from_numpy(one.tokens)[None]
    logits = model(input_ids=tokens, use_cache=False).logits[0, :-1]
    losses = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="none")
    weights = torch.from_numpy(one.weights[1:])
    return (losses * weights).sum() / weights.sum()


def linear_layers(model: Any, last: int) -> list[Any]:
    blocks = (model.model.layers if hasattr(model, "model") else model.transformer.h)[-last:]
    return [part for block in blocks for part in block.modules() if gradients._linear(part)]


@pytest.mark.parametrize("build", [llama, gpt2])
@pytest.mark.parametrize("blocks", [1, 2])
def test_without_projection_they_are_autograds(build: Any, blocks: int) -> None:
    model = build()
    passages = [passage(1, 9), passage(2, 30, masked=20), passage(3, 17)]
    width = 96  # wider than any layer: nothing is projected
    found = gradients.of_passages(build(), passages, blocks=blocks, width=width, precision="fp32")
    layers = linear_layers(model, blocks)
    assert found.shape[:2] == (3, len(layers))
    for row, one in enumerate(passages):
        model.zero_grad()
        mean_loss(model, one).backward()
        for number, layer in enumerate(layers):
            true = layer.weight.grad if isinstance(layer, torch.nn.Linear) else layer.weight.grad.T
            own = found[row, number, : true.numel()].reshape(true.shape)
            assert torch.allclose(own, true, atol=1e-6), (row, number)


def test_a_passage_without_loss_has_zeros_and_hooks_are_removed() -> None:
    model = llama()
    found = gradients.of_passages(
        model, [passage(1, 9, masked=9), passage(2, 9)], blocks=2, width=4, precision="fp32"
    )
    assert not found[0].any() and found[1].any()
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())


def test_projections_keep_dot_products_on_average() -> None:
    passages = alike()
    whole = gradients.of_passages(llama(), passages, blocks=1, width=96, precision="fp32")
    true = (whole[0] * whole[1]).sum().item()
    drawn = []
    for seed in range(100):
        own = gradients.of_passages(llama(), passages, blocks=1, width=8, seed=seed, precision="fp32")
        drawn.append((own[0] * own[1]).sum().item())
    error = np.std(drawn) / len(drawn) ** 0.5
    assert abs(np.mean(drawn) - true) < 4 * error
    assert error < abs(true), "or the test says nothing"


def test_the_product_is_the_change_of_the_querys_loss_to_first_order() -> None:
    query, document = alike()
    both = gradients.of_passages(llama(), [query, document], blocks=2, width=96, precision="fp32")
    expected = -(both[0] * both[1]).sum().item()
    model, rate = llama(), 3e-3
    before = mean_loss(model, query).item()
    mean_loss(model, document).backward()
    with torch.no_grad():
        for layer in linear_layers(model, 2):
            layer.weight -= rate * layer.weight.grad
    change = (mean_loss(model, query).item() - before) / rate
    assert change == pytest.approx(expected, rel=0.05)


def test_documents_that_pull_the_querys_way_are_positive_and_the_others_negative() -> None:
    torch.manual_seed(1)
    query = torch.randn(1, 3, 25)
    noise = torch.randn(40, 3, 25)
    documents = torch.cat([query, -query, noise])
    found = influence.products(query, documents)
    assert found[0] > 0 > found[1] and found[0] == pytest.approx(-found[1])
    assert found[0] == found.max() and found[1] == found.min()


def test_queries_without_gradient_do_no_harm() -> None:
    documents = torch.randn(5, 2, 9)
    query = torch.zeros(2, 2, 9)
    assert not influence.products(query, documents).any()
    query[0] = documents[3]
    found = influence.products(query, documents)
    assert found[3] > 0 and np.abs(found).mean() == pytest.approx(1)


def test_a_source_is_judged_by_what_leaving_it_out_gains() -> None:
    numbers = np.array([1.0, 1.0, -3.0, -1.0, 2.0])
    source = ["good", "good", "bad", "bad", "small"]
    tokens = np.array([1.0, 1.0, 3.0, 1.0, 1.0])
    trained = {"good": 0.5, "bad": 0.4, "small": 0.1, "none": 0.0}
    found = influence.of_sources(numbers, tokens, source, trained)
    assert set(found) == {"good", "bad", "small"}
    mean, gain = found["bad"]
    rest = (1.0 * 0.5 + 2.0 * 0.1) / 0.6
    assert mean == pytest.approx(-2.5) and gain == pytest.approx(0.4 * (rest + 2.5))
    assert found["good"][1] < 0 and found["small"][1] < 0
    assert influence.of_sources(numbers[:2], tokens[:2], source[:2], {"good": 1.0})["good"] == (1.0, 0.0)
