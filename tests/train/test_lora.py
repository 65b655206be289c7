"""LoRA: the model stays what it was, only the adapters learn, and merging changes no logit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM

from rewarm.errors import RewarmError
from rewarm.model import causal_lm
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import autocast
from rewarm.recipe import Lora, Train
from rewarm.train import lora, optimizer, rates

CPU = torch.device("cpu")
TOKENS = torch.arange(48).reshape(2, 24) % 97 + 5


def config(**changes: Any) -> dict[str, Any]:
    return Lora.model_validate({"rank": 4, **changes}).model_dump(mode="json")


def adapted(folder: Path, **changes: Any) -> Any:
    model = causal_lm.load(folder, CPU)
    lora.inject(model, config(**changes), seed=1)
    return model


def disturb(model: Any) -> None:
    """Adapters as if they had learnt: B starts at zero, where a merge proves nothing."""
    torch.manual_seed(2)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.requires_grad:
                weight += 0.05 * torch.randn_like(weight) if "lora_" in name else 0.01


def logits(model: Any) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        found: torch.Tensor = model(TOKENS, use_cache=False).logits
    return found


@pytest.fixture(scope="module")
def untied(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untied")
    own = causal_lm.load(model, CPU)
    changed = own.config
    changed.tie_word_embeddings = False
    torch.manual_seed(3)
    type(own)(changed).save_pretrained(folder)
    return folder


@pytest.mark.parametrize("tied", [True, False])
def test_injection_keeps_the_class_and_every_logit(model: Path, untied: Path, tied: bool) -> None:
    folder = model if tied else untied
    base = causal_lm.load(folder, CPU)
    own = adapted(folder)
    assert type(own) is type(base) and type(own.base_model) is type(base.base_model)
    assert torch.equal(logits(own), logits(base))
    causal_lm.verify(own)
    trained = {name for name, weight in own.named_parameters() if weight.requires_grad}
    whole = {name for name in trained if "lora_" not in name}
    assert whole == {"model.embed_tokens.weight"} | (set() if tied else {"lm_head.weight"})
    assert len(trained - whole) == 2 * 7 * len(own.model.layers)
    assert len(PackedLM(own, 8).layers()) == len(own.model.layers)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("changes", [{}, {"embeddings": False}, {"rslora": True, "targets": ["*.q_proj"]}])
def test_merged_and_adapter_give_the_logits_that_were_trained(
    model: Path, untied: Path, tied: bool, changes: dict, tmp_path: Path
) -> None:
    from peft import PeftModel

    folder = model if tied else untied
    own = adapted(folder, **changes)
    disturb(own)
    expected = logits(own)
    assert (expected - logits(causal_lm.load(folder, CPU))).abs().max() > 0.1
    lora.write_adapter(own, tmp_path / "adapter")
    lora.merge(own)
    assert (logits(own) - expected).abs().max() < 1e-4
    own.save_pretrained(tmp_path / "merged")
    merged, report = AutoModelForCausalLM.from_pretrained(tmp_path / "merged", output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert (logits(merged) - expected).abs().max() < 1e-4
    base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    again = PeftModel.from_pretrained(base, tmp_path / "adapter")
    assert (logits(again) - expected).abs().max() < 1e-4


def gradients(own: Any, precision: str) -> list[torch.Tensor]:
    lm = PackedLM(own, 8)
    with autocast(CPU, precision):
        loss, _ = lm(TOKENS, None, torch.ones(2, 23))
    loss.backward()
    return [loss.detach(), *(weight.grad for weight in lm.parameters() if weight.requires_grad)]


@pytest.mark.parametrize("embeddings", [True, False])
def test_frozen_weights_in_bf16_give_the_same_bits(model: Path, tmp_path: Path, embeddings: bool) -> None:
    causal_lm.load(model, CPU).to(torch.bfloat16).save_pretrained(tmp_path)
    plain, small = (adapted(tmp_path, embeddings=embeddings) for _ in range(2))
    disturb(plain), disturb(small)
    lora.hold_frozen_in_bf16(small)
    frozen = [weight for weight in small.parameters() if not weight.requires_grad and weight.ndim == 2]
    assert frozen and {weight.dtype for weight in frozen} == {torch.bfloat16}
    assert {weight.dtype for weight in small.parameters() if weight.requires_grad} == {torch.float32}
    for left, right in zip(gradients(plain, "bf16"), gradients(small, "bf16"), strict=True):
        assert torch.equal(left, right)


def test_only_what_is_trained_moves_and_embeddings_move_less(model: Path) -> None:
    own = adapted(model)
    lm = PackedLM(own, 8)
    train = Train.model_validate({"lora": {"rank": 4}, "weight_decay": 0}).model_dump(mode="json")
    adam = optimizer.build(lm, train)
    before = {name: weight.detach().clone() for name, weight in lm.named_parameters()}
    gradients(own, "fp32")
    for group in adam.param_groups:
        group["lr"] = 1e-3 * group["rate_factor"]
    adam.step()
    for name, weight in lm.named_parameters():
        moved = (weight.detach() - before[name]).abs().max().item()
        # Adam's first step has the size of the rate.
        rate = 1e-3 if "lora_B" in name else 1e-4 if "embed_tokens" in name else 0.0
        assert moved == pytest.approx(rate, rel=0.02) or ("lora_A" in name and moved == 0), name


def test_the_rate_is_ten_times_that_of_full_training_within_limits() -> None:
    for size in (10**8, 10**9, 7 * 10**9, 10**12):
        full, _ = rates.peak_rate(size, "strong", 65_536)
        peak, why = rates.adapter_peak_rate(size, "strong", 65_536)
        assert peak == pytest.approx(min(rates.HIGHEST, 10 * full), rel=0.01)
        assert f"{peak:g}" in why and "10 x" in why


def test_a_target_that_matches_nothing_is_named(model: Path) -> None:
    with pytest.raises(RewarmError, match=r"targets: '\*\.wq' matches no linear layer.*q_proj"):
        adapted(model, targets=["*.q_proj", "*.wq"])


def test_equal_seeds_give_equal_adapters(model: Path) -> None:
    torch.manual_seed(7)
    left = adapted(model)
    torch.manual_seed(8)
    right = adapted(model)
    for a, b in zip(left.parameters(), right.parameters(), strict=True):
        assert torch.equal(a, b)
