"""AdamW with decoupled decay on matrices; what is frozen."""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import torch

from rewarm.errors import RewarmError
from rewarm.train.distributed.meshes import by_mesh
from rewarm.train.distributed.offload import OffloadedAdamW
from rewarm.train.eight_bit import AdamW8bit

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def freeze(model: "PreTrainedModel", patterns: list[str]) -> int:
    """Keep the parameters whose names match from changing; how many weights that are.

    Raises RewarmError for a pattern that matches nothing, and when nothing is left to train.
    """
    names = [name for name, _ in model.named_parameters()]
    frozen = 0
    for pattern in patterns:
        matching = [name for name in names if fnmatchcase(name, pattern)]
        if not matching:
            raise RewarmError(
                f"train.freeze: {pattern!r} matches no parameter; they are named like {', '.join(names[:3])}"
            )
        for name, parameter in model.named_parameters():
            if name in matching and parameter.requires_grad:
                parameter.requires_grad_(False)
                frozen += parameter.numel()
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise RewarmError("train.freeze: nothing is left to train; take a pattern out")
    return frozen


def refuse_frozen_tables(model: "PreTrainedModel") -> None:
    """Raise RewarmError when new tokens were added and the embedding or the head does not train.

    Their rows would stay the means that they start from. With LoRA this is a silent default elsewhere.
    """
    for what, module in (
        ("embedding", model.get_input_embeddings()),
        ("head", model.get_output_embeddings()),
    ):
        if not module.weight.requires_grad:
            raise RewarmError(
                f"vocabulary: the {what} is frozen, so the rows of the new tokens would never be trained. "
                "Set train.lora.embeddings: true and take the embedding out of train.freeze, or remove "
                "`vocabulary`"
            )


def build(model: torch.nn.Module, config: dict[str, Any]) -> torch.optim.Optimizer:
    """AdamW over what is not frozen; norms and biases do not decay.

    Each group has `rate_factor`, its share of the schedule's rate, and `embeddings`, whether it holds
    embedding and head.
    """
    tables = [module for module in model.modules() if isinstance(module, torch.nn.Embedding)]
    lexical = {id(module.weight) for module in [*tables, model.model.get_output_embeddings()]}  # type: ignore[operator, union-attr]
    slower = config["lora"]["embeddings_rate"] if config["lora"] else 1.0
    groups: dict[tuple[bool, bool], list[torch.Tensor]] = {}
    for parameter in model.parameters():
        if parameter.requires_grad:
            groups.setdefault((parameter.ndim >= 2, id(parameter) in lexical), []).append(parameter)
    return _kind(config)(
        [
            {
                "params": parameters,
                "weight_decay": config["weight_decay"] if decays else 0.0,
                "rate_factor": slower if embeddings else 1.0,
                "embeddings": embeddings,
            }
            for (decays, embeddings), group in groups.items()
            for parameters in by_mesh(group)
        ],
        lr=0.0,
        betas=tuple(config["betas"]),
        eps=config["epsilon"],
        fused=True,
    )


def _kind(config: dict[str, Any]) -> type[torch.optim.AdamW]:
    if config["optimizer"] == "adamw_8bit":
        return AdamW8bit
    return OffloadedAdamW if config["offload"] == "optimizer" else torch.optim.AdamW
