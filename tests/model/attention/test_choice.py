"""Which path a model takes, and that a path which leaks or is wrong is not taken."""

from pathlib import Path

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    BloomConfig,
    LlamaConfig,
)

from rewarm.errors import RewarmError
from rewarm.model import attention, causal_lm
from rewarm.model.attention import choice
from rewarm.model.attention.documents import Documents

CPU = torch.device("cpu")
SMALL = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0,
}  # fmt: skip


def small(config=None):
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config or LlamaConfig(**SMALL), dtype=torch.float32)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return model


def losses(model) -> torch.Tensor:
    tokens = torch.randint(97, (2, 40), generator=torch.Generator().manual_seed(2))
    positions = torch.cat([torch.arange(size) for size in (7, 30, 3)]).repeat(2, 1)
    with torch.no_grad():
        return causal_lm.token_losses(model, tokens, positions, torch.ones(2, 39), chunk=16)[1]


def test_a_cpu_computes_each_document_by_itself() -> None:
    model = small()
    expected = losses(model)
    chosen = attention.choose(model, "auto", CPU, "fp32")
    assert (chosen.path, chosen.skipped) == ("documents", ())
    torch.testing.assert_close(losses(model), expected, rtol=1e-5, atol=1e-5)
    assert attention.choose(model, "dense", CPU, "fp32").path == "dense"
    assert model.config._attn_implementation == "sdpa"
    assert torch.equal(losses(model), expected)


def test_a_path_that_leaks_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    right = choice._KERNELS["documents"]

    def leaking(query, key, value, documents, terms):
        return right(query, key, value, Documents((documents.tokens,), CPU), terms)

    monkeypatch.setitem(choice._KERNELS, "documents", leaking)
    chosen = attention.choose(small(), "auto", CPU, "fp32")
    assert chosen.path == "dense" and "documents: LlamaForCausalLM: packed documents see" in str(chosen)
    with pytest.raises(RewarmError, match=r"train\.attention: documents: .*see each other.*Set it to auto"):
        attention.choose(small(), "documents", CPU, "fp32")


def test_a_path_that_computes_something_else_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    right = choice._KERNELS["documents"]
    monkeypatch.setitem(choice._KERNELS, "documents", lambda q, k, v, *rest: right(q * 1.3, k, v, *rest))
    chosen = attention.choose(small(), "auto", CPU, "fp32")
    assert chosen.path == "dense" and "differ from the dense path" in str(chosen)


def test_an_architecture_with_its_own_attention_code_stays_dense() -> None:
    model = small(BloomConfig(vocab_size=97, hidden_size=32, n_layer=2, n_head=4))
    with pytest.raises(RewarmError):  # ALiBi comes from the mask: documents see each other
        attention.choose(model, "auto", CPU, "fp32")
    with pytest.raises(RewarmError, match="does not compute attention code that is the architecture's own"):
        attention.choose(model, "documents", CPU, "fp32")


@pytest.mark.parametrize("path", ["flash", "varlen", "flex"])
def test_a_path_that_needs_a_gpu_says_so(path: attention.Path) -> None:
    with pytest.raises(RewarmError, match=rf"train\.attention: {path}: needs a GPU\. Set it to auto"):
        attention.choose(small(), path, CPU, "fp32")


def test_a_gpu_takes_the_first_path_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order and the reasons; flash-attn is not installed where the tests run, and needs bf16 besides."""
    cuda = torch.device("cuda")
    assert attention.take(small(), "auto", cuda, "bf16") == attention.Choice(
        "varlen", (("flash", "flash-attn is not installed"),)
    )
    assert attention.take(small(), "auto", cuda, "fp32").path == "flex"
    monkeypatch.setattr(choice.variable_length, "flash_function", lambda: None)
    assert attention.take(small(), "auto", cuda, "bf16") == attention.Choice("flash")


def test_packed_documents_are_checked_where_weights_lie_elsewhere() -> None:
    model = small()
    chosen = attention.take(model, "auto", CPU, "fp32")

    def forward(tokens, positions, weights):
        return causal_lm.token_losses(model, tokens, positions, weights, chunk=8)

    attention.checked(chosen, forward, 97, CPU, "fp32")
    with pytest.raises(RewarmError, match="documents see each other"):
        attention.checked(chosen, lambda tokens, _, weights: forward(tokens, None, weights), 97, CPU, "fp32")


def test_the_saved_model_does_not_name_a_path(tmp_path: Path) -> None:
    model = small()
    attention.choose(model, "auto", CPU, "fp32")
    model.save_pretrained(tmp_path)
    assert "rewarm" not in (tmp_path / "config.json").read_text()


def test_no_dense_mask_at_sixteen_thousand_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is handed to the layers, and every boolean tensor on the way there."""
    from torch.utils._python_dispatch import TorchDispatchMode

    sizes = []

    class Booleans(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            if isinstance(out, torch.Tensor) and out.dtype == torch.bool:
                sizes.append(out.nbytes)
            return out

    model = small(LlamaConfig(**{**SMALL, "num_hidden_layers": 1, "max_position_embeddings": 16_384}))
    attention.use(model, "documents")
    tokens = torch.zeros(1, 16_384, dtype=torch.long)
    positions = torch.arange(512).repeat(32)[None]
    with Booleans(), torch.no_grad():
        causal_lm.token_losses(model, tokens, positions, torch.ones(1, 16_383), chunk=256)
    assert 0 < max(sizes) <= 4 * 16_384


def test_another_path_is_not_another_training() -> None:
    from rewarm.recipe import Train
    from rewarm.recipe.part import without_effect

    assert "attention" in without_effect(Train)
