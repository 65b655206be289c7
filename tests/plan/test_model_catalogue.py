"""The data file of base models: its schema, and shapes that are those of transformers' own models."""

from math import prod
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from rewarm.plan import models
from rewarm.plan.models import BaseModelEntry, parse

# Architectures that transformers does not have, and the one that has the same matrices.
STAND_IN = {"internlm2": "llama", "minicpm": "llama"}
SMALLEST = {
    architecture: min(
        (model for model in models.catalogue() if model.architecture == architecture),
        key=lambda model: model.parameters,
    )
    for architecture in sorted({model.architecture for model in models.catalogue()})
}
ONE: dict[str, Any] = {
    "id": "maker/one-1B", "parameters": 1, "layers": 1, "width": 8, "heads": 2, "kv_heads": 1, "head_size": 4,
    "feed_forward": 8, "vocabulary": 16, "tied": True, "context": 128,
}  # fmt: skip
FAMILY: dict[str, Any] = {
    "family": "one", "title": "One", "architecture": "llama", "native": ["en"], "released": "2025-01-01",
    "licence": "MIT", "source": "https://example.org", "source_date": "2025-01-01", "models": [ONE],
}  # fmt: skip


def built(model: BaseModelEntry) -> dict[str, tuple[int, ...]]:
    """Sizes of the model's weights, from transformers, without storage."""
    kind = STAND_IN.get(model.architecture, model.architecture)
    settings: dict[str, Any] = {
        "hidden_size": model.width, "num_hidden_layers": model.layers, "num_attention_heads": model.heads,
        "intermediate_size": model.feed_forward, "vocab_size": model.vocabulary,
        "tie_word_embeddings": model.tied, "pad_token_id": None,
    }  # fmt: skip
    if kind != "gpt_neox":
        settings |= {"num_key_value_heads": model.kv_heads, "head_dim": model.head_size}
    if kind in ("glm", "seed_oss"):
        settings |= {"attention_bias": True}
    if kind == "seed_oss":
        settings |= {"attention_out_bias": False}
    with torch.device("meta"):
        network = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **settings))
    return {name: tuple(weight.shape) for name, weight in network.named_parameters()}


def check(model: BaseModelEntry) -> None:
    sizes = built(model)
    assert sum(map(prod, sizes.values())) == model.parameters, model.id
    matrices = {name: size for name, size in sizes.items() if len(size) == 2}
    inner = {name for name in matrices if any(part.isdigit() for part in name.split("."))}
    shapes = model.shapes()
    tables = sum(prod(size) for name, size in matrices.items() if name not in inner)
    assert tables == shapes.tables, model.id
    if model.loads == "transformers":
        assert sum(sum(matrices[name]) for name in inner) == shapes.sides, model.id


@pytest.mark.parametrize("architecture", SMALLEST)
def test_shapes_are_those_of_the_architecture(architecture: str) -> None:
    check(SMALLEST[architecture])


@pytest.mark.slow
@pytest.mark.parametrize("model", models.catalogue(), ids=lambda model: model.id)
def test_shapes_of_every_model_are_exact(model: BaseModelEntry) -> None:
    check(model)


def test_the_file_has_many_families_with_sources() -> None:
    listed = models.catalogue()
    assert len(listed) >= 45 and len({model.family for model in listed}) >= 12
    for model in listed:
        assert not model.scores or model.source_date >= model.released, model.id
        assert model.loads != "transformers" or model.architecture not in STAND_IN, model.id
        assert all(len(code) == 2 for code in (*model.native, *model.covers)), model.id
        # All matrices; what remains are norms and biases.
        queries, keys = model.heads * model.head_size, model.kv_heads * model.head_size
        gates = 2 if model.architecture == "gpt_neox" else 3
        layer = model.width * (2 * queries + 2 * keys + gates * model.feed_forward)
        matrices = model.shapes().tables + model.layers * layer
        assert 0 < model.parameters - matrices < 0.002 * matrices, model.id


def test_siblings_share_the_vocabulary_and_are_sorted() -> None:
    for model in models.catalogue():
        sizes = [other.parameters for other in models.siblings(model)]
        assert sizes == sorted(sizes) and model.parameters not in sizes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kv_heads": 3}, "multiple"),
        ({"window": 512}, "together"),
        ({"scores": {"mmlu": 0.7, "gsm8k": 140}}, "percent"),
        ({"scores": {"mmu": 70}}, "mmu"),
        ({"covers": ["en"]}, "both native and covered"),
        ({"layer": 3}, "layer"),
        ({"id": "no-owner"}, "id"),
    ],
)
def test_a_wrong_entry_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse([{**FAMILY, "models": [{**ONE, **change}]}])


def test_a_family_is_inherited_and_overridden() -> None:
    (model,) = parse([{**FAMILY, "models": [{**ONE, "licence": "Other", "licence_kind": "research"}]}])
    assert (model.title, model.licence, model.licence_kind) == ("One", "Other", "research")
    with pytest.raises(ValueError, match="unknown fields langauges"):
        parse([{**FAMILY, "langauges": ["en"]}])
    with pytest.raises(ValueError, match="more than once"):
        parse([{**FAMILY, "models": [ONE, ONE]}])


def test_the_cache_counts_windows_of_local_layers() -> None:
    llama = models.find("Llama-3.1-8B")
    gemma = models.find("google/gemma-3-1b-pt")
    assert llama and gemma
    # 32 layers x 2 x 8 heads x 128 x 2 bytes, for each token of each request.
    assert llama.cache_bytes(1000, 3) == 32 * 2 * 8 * 128 * 2 * 1000 * 3
    # 26 layers: every sixth, 4, see all tokens; 22 see 512.
    assert gemma.cache_bytes(8192) == 2 * 1 * 256 * 2 * (4 * 8192 + 22 * 512)
    assert gemma.cache_bytes(100) == 26 * 2 * 1 * 256 * 2 * 100


def test_models_are_found_by_id_and_by_name() -> None:
    found = models.find("qwen/qwen3-8b-base")
    assert found and found is models.find("Qwen3-8B-Base") and models.find("Qwen3-8B") is None
