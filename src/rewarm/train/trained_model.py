"""The model as it is trained: checked, with adapters and frozen weights, on its device and sharded."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from rewarm.engine.work import Work
from rewarm.model import attention, causal_lm, fused_cross_entropy
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import computed_in
from rewarm.model.rope import Rotary
from rewarm.train import lora, optimizer
from rewarm.train.distributed import ranks
from rewarm.train.distributed.ranks import Ranks

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class TrainedModel:
    """lm: sharded, in training mode; rotary: its positions; weights: of the whole model, frozen ones too."""

    lm: PackedLM
    rotary: Rotary
    weights: int


def build(work: Work, group: Ranks, config: dict[str, Any]) -> TrainedModel:
    """Load the base for a training on these ranks. config: `train` and `free` of the work's config.

    Raises RewarmError for a base that cannot be trained, or settings that do not fit it.
    """
    model = causal_lm.load(work.table("model"), read_on(group.device, config))
    causal_lm.verify(model)
    grown = bool(work.tables.get("vocabulary"))
    return prepare(model, group, config, work.config["seed"], grown=grown)


def read_on(device: torch.device, config: dict[str, Any]) -> torch.device:
    """Where a base is read or built before `prepare`.

    One that the device cannot hold in fp32 is reduced in host memory first.
    """
    early = config["lora"] or config["offload"] == "parameters"
    return torch.device("cpu") if early else device


def prepare(
    model: "PreTrainedModel", group: Ranks, config: dict[str, Any], seed: int, *, grown: bool = False
) -> TrainedModel:
    """Adapt, freeze, move and shard a loaded model. seed: of the adapters; grown: whether tokens were added.

    Raises RewarmError for settings that do not fit the model.
    """
    if config["lora"]:
        group.say(lora.inject(model, config["lora"], seed))
    frozen = optimizer.freeze(model, config["freeze"])
    group.say(f"frozen    {frozen:,} weights" if frozen else "")
    if grown:
        optimizer.refuse_frozen_tables(model)
    precision = computed_in(group.device, config["precision"])
    if config["lora"] and precision == "bf16":
        lora.hold_frozen_in_bf16(model)
    if config["offload"] != "parameters":
        model.to(group.device)
    on_host = next(model.parameters()).device.type != group.device.type
    choose = attention.take if on_host else attention.choose
    paths = choose(model, config["attention"], group.device, precision)
    group.say(f"attention {paths}")
    if precision != config["precision"]:
        group.say("precision fp32 instead of bf16: this CPU has no bf16 instructions")
    if config["activation_checkpointing"]:
        causal_lm.recompute_layers(model)
    weights = sum(parameter.numel() for parameter in model.parameters())
    if config["loss_kernel"] == "liger":
        fused_cross_entropy.available()
    lm = PackedLM(model, config["loss_chunk"], z_loss=config["z_loss"], kernel=config["loss_kernel"])
    if config["compile"]:
        for layer in lm.layers():
            layer.compile()
    ranks.shard(lm, group, config)
    if on_host:
        attention.checked(paths, lm, model.config.get_text_config().vocab_size, group.device, precision)
    rotary = Rotary(model)
    lm.train()
    return TrainedModel(lm, rotary, weights)
