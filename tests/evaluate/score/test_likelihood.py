"""Log-likelihoods are the model's own, by forest and by rows, for every family of models."""

from typing import Any

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GraniteConfig,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    Qwen3Config,
)

from rewarm.evaluate.score.encoding import Encoded
from rewarm.evaluate.score.likelihood import forest_agrees, likelihoods

SIZES = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
    "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2,
}  # fmt: skip
FAMILIES: dict[str, tuple[Any, str]] = {
    "llama": (LlamaConfig(**SIZES), "forest"),
    "mistral": (MistralConfig(**SIZES, sliding_window=8), "forest"),
    "qwen3": (Qwen3Config(**SIZES, head_dim=8), "forest"),
    "gemma2": (Gemma2Config(**SIZES, head_dim=8, sliding_window=8), "forest"),
    "gemma3": (Gemma3TextConfig(**SIZES, head_dim=8, sliding_window=8), "forest"),
    "granite": (GraniteConfig(**SIZES, logits_scaling=3.0), "forest"),
    "gpt2": (
        GPT2Config(
            vocab_size=97, n_positions=128, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=1
        ),
        "forest",
    ),
    "mamba": (MambaConfig(vocab_size=97, hidden_size=32, num_hidden_layers=2, state_size=4), "rows"),
}


def network(config: Any) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


def some_requests() -> list[Encoded]:
    rng = np.random.default_rng(1)
    shots = rng.integers(0, 97, 20)
    found = []
    for _ in range(3):
        question = rng.integers(0, 97, int(rng.integers(2, 12)))
        for size in (1, 2, 4):
            tokens = np.concatenate([shots, question, rng.integers(0, 97, size)]).astype(np.int64)
            found.append(Encoded(tokens, len(tokens) - size))
    return found


def own(model: Any, request: Encoded) -> tuple[float, bool]:
    with torch.inference_mode():
        logits = model(torch.from_numpy(request.tokens)[None]).logits[0].double()
    log = torch.log_softmax(logits, -1)
    places = range(request.start - 1, len(request.tokens) - 1)
    nats = -sum(float(log[place, request.tokens[place + 1]]) for place in places)
    return nats, all(int(log[place].argmax()) == request.tokens[place + 1] for place in places)


@pytest.mark.parametrize("family", FAMILIES)
def test_scores_are_those_of_the_model_itself(family: str) -> None:
    config, method = FAMILIES[family]
    model, encoded = network(config), some_requests()
    result = likelihoods(model, encoded, row_tokens=40)
    assert result.method == method
    for number, request in enumerate(encoded):
        nats, greedy = own(model, request)
        assert result.nats[number] == pytest.approx(nats, rel=2e-4, abs=2e-4)
        assert result.greedy[number] == greedy
        assert result.tokens[number] == len(request.tokens) - request.start


def test_a_greedy_continuation_is_recognised() -> None:
    model = network(FAMILIES["llama"][0])
    tokens = torch.arange(8)[None]
    with torch.inference_mode():
        for _ in range(3):
            tokens = torch.cat([tokens, model(tokens).logits[:, -1:].argmax(-1)], dim=1)
    likely = tokens[0].numpy()
    other = likely.copy()
    other[-1] = (other[-1] + 1) % 97
    result = likelihoods(model, [Encoded(likely, 8), Encoded(other, 8)])
    assert result.greedy.tolist() == [True, False]


def test_a_model_that_sees_beyond_the_mask_is_scored_row_by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    model = network(FAMILIES["llama"][0])
    inner = model.base_model.forward

    def without_mask(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("attention_mask") is not None and kwargs["attention_mask"].dim() == 4:
            kwargs["attention_mask"] = None
        return inner(*args, **kwargs)

    monkeypatch.setattr(model.base_model, "forward", without_mask)
    assert not forest_agrees(model)
    result = likelihoods(model, some_requests())
    assert result.method == "rows"


def test_no_requests_and_one_request() -> None:
    model = network(FAMILIES["llama"][0])
    assert len(likelihoods(model, []).nats) == 0
    one = Encoded(np.arange(5), 4)
    assert likelihoods(model, [one], method="forest").nats == pytest.approx(own(model, one)[0], rel=1e-4)
