"""Damaged, incomplete and foreign base models are refused by name, and no code of theirs runs."""

import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, LlamaConfig, MixtralConfig, Qwen2MoeConfig

from rewarm.errors import RewarmError
from rewarm.model import base_files, causal_lm, pretrained

SIZES = {
    "vocab_size": 97, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
}  # fmt: skip
CPU = torch.device("cpu")


def saved(folder: Path, config: Any) -> Path:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=torch.float32).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def sound(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    return saved(folder, LlamaConfig(**SIZES, tie_word_embeddings=request.param))


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "model"))


def edit(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def refusal(folder: Path) -> str:
    """The same error by the quick check and by loading; nothing but RewarmError."""
    with pytest.raises(RewarmError) as quick:
        pretrained.check_weights(folder)
    with pytest.raises(RewarmError) as loaded:
        causal_lm.load(folder, CPU)
    assert str(quick.value) == str(loaded.value)
    return str(loaded.value)


def test_a_sound_model_loads_and_a_tied_head_is_not_missing(sound: Path) -> None:
    pretrained.check_weights(sound)
    assert causal_lm.load(sound, CPU).dtype == torch.float32


def test_a_tensor_removed(copy: Path) -> None:
    edit(copy, lambda weights: weights.pop("model.layers.1.mlp.up_proj.weight"))
    assert "1 missing (model.layers.1.mlp.up_proj.weight)" in refusal(copy)


def test_a_tensor_renamed(copy: Path) -> None:
    edit(copy, lambda weights: weights.update(other=weights.pop("model.norm.weight")))
    said = refusal(copy)
    assert "1 missing (model.norm.weight)" in said and "1 not known to the architecture (other)" in said


def test_a_tensor_reshaped(copy: Path) -> None:
    name = "model.layers.0.self_attn.q_proj.weight"
    edit(copy, lambda weights: weights.update({name: weights[name][:-1].clone()}))
    assert f"1 of another shape ({name} [31, 32] for [32, 32])" in refusal(copy)


def test_an_embedding_that_is_missing_is_not_excused_by_the_tie(copy: Path) -> None:
    edit(copy, lambda weights: weights.pop("model.embed_tokens.weight"))
    assert "model.embed_tokens.weight" in refusal(copy)


def test_a_configuration_with_more_layers_than_weights(copy: Path) -> None:
    settings = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**settings, "num_hidden_layers": 3}))
    assert "9 missing (model.layers.2." in refusal(copy)


def test_buffers_of_old_checkpoints_pass(copy: Path) -> None:
    table = {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(4)}
    edit(copy, lambda weights: weights.update(table))
    causal_lm.load(copy, CPU)


def _header(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:-100]), "it is cut off"),
        (lambda file: file.write_bytes(file.read_bytes()[:200]), "claims a header of"),
        (lambda file: file.write_bytes(file.read_bytes()[:5]), "5 bytes long"),
        (lambda file: file.write_bytes(b""), "0 bytes long"),
        (lambda file: file.write_bytes(struct.pack("<Q", 2**62) + file.read_bytes()[8:]), "of 4,611,686,"),
        (lambda file: file.write_bytes(struct.pack("<Q", 40) + file.read_bytes()[8:]), "header is not JSON"),
        (lambda file: file.write_bytes(struct.pack("<Q", 2) + b"[]"), "header is not an object"),
        (lambda file: file.write_bytes(struct.pack("<Q", 60_000) + b"[" * 60_000), "header is not JSON"),
        (lambda file: file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid"), "git lfs pull"),
        (lambda file: _header(file, lambda h: h["model.norm.weight"].update(shape=[2**40])), "does not take"),
        (lambda file: _header(file, lambda h: h["model.norm.weight"].update(shape=[-1])), "has shape [-1]"),
        (lambda file: _header(file, lambda h: h["model.norm.weight"].pop("dtype")), "lacks dtype"),
        (lambda file: _header(file, lambda h: h.update({"model.norm.weight": 3})), "lacks dtype"),
    ],
)  # fmt: skip
def test_a_damaged_file(copy: Path, damage: Callable[[Path], None], said: str) -> None:
    damage(copy / "model.safetensors")
    told = refusal(copy)
    assert said in told and "model.safetensors" in told and len(told) < 500


def test_a_shard_that_was_not_fetched(tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(LlamaConfig(**SIZES), dtype=torch.float32)
    model.save_pretrained(tmp_path, max_shard_size="20KB")
    pretrained.check_weights(tmp_path)
    lost = sorted(tmp_path.glob("model-*.safetensors"))[1]
    lost.unlink()
    assert f"first {lost.name}" in refusal(tmp_path)


@pytest.mark.parametrize("config", ["", "[]", "{", '{"model_type": 3}', '{"model_type": "never-heard-of"}'])
def test_a_damaged_configuration(copy: Path, config: str) -> None:
    (copy / "config.json").write_text(config)
    assert "config.json" in refusal(copy)


def test_code_of_the_model_never_runs_and_nothing_is_asked(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("asked on the terminal")

    monkeypatch.setattr("builtins.input", asked)
    ran = copy / "ran"
    (copy / "modeling_own.py").write_text(f"open({str(ran)!r}, 'w')\nclass Own: pass\n")
    settings = json.loads((copy / "config.json").read_text())
    own = {"AutoConfig": "modeling_own.Own", "AutoModelForCausalLM": "modeling_own.Own"}
    # An architecture of transformers is built by transformers' own code.
    (copy / "config.json").write_text(json.dumps({**settings, "auto_map": own}))
    assert type(causal_lm.load(copy, CPU)).__name__ == "LlamaForCausalLM"
    (copy / "config.json").write_text(json.dumps({**settings, "model_type": "own", "auto_map": own}))
    assert "brings its own Python code" in refusal(copy)
    assert not ran.exists()


@pytest.mark.parametrize(
    "config",
    [
        MixtralConfig(**SIZES, num_local_experts=4),
        Qwen2MoeConfig(**SIZES, num_experts=4, moe_intermediate_size=16, shared_expert_intermediate_size=16),
    ],
    ids=["mixtral", "qwen2-moe"],
)
def test_a_mixture_of_experts_is_refused_with_the_reason(tmp_path: Path, config: Any) -> None:
    saved(tmp_path, config)
    assert "router's auxiliary loss" in refusal(tmp_path)


def test_one_expert_is_a_dense_model() -> None:
    base_files.refuse_experts({"num_experts": 1, "num_local_experts": 0, "text_config": None}, "model")
    with pytest.raises(RewarmError, match="mixture of experts"):
        base_files.refuse_experts({"text_config": {"num_experts": 8}}, "model")
