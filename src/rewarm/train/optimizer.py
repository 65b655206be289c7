"""AdamW with decoupled decay on matrices; what is frozen."""

from fnmatch import fnmatchcase
from typing import Any

import torch

from rewarm.errors import RewarmError


def freeze(model: Any, patterns: list[str]) -> int:
    """Keep the parameters whose names match from changing; how many weights that are.

    Raises RewarmError for a pattern that matches nothing, and when nothing is left to train.
    """
    names = [name for name, _ in model.named_parameters()]
    frozen = 0
    for pattern in patterns:
        found = [name for name in names if fnmatchcase(name, pattern)]
        if not found:
            raise RewarmError(
                f"train.freeze: {pattern!r} matches no parameter; they are named like {', '.join(names[:3])}"
            )
        for name, parameter in model.named_parameters():
            if name in found and parameter.requires_grad:
                parameter.requires_grad_(False)
                frozen += parameter.numel()
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise RewarmError("train.freeze: nothing is left to train; take a pattern out")
    return frozen


def build(model: torch.nn.Module, config: dict[str, Any]) -> torch.optim.Optimizer:
    """AdamW over what is not frozen; norms and biases do not decay."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {
            "params": [parameter for parameter in parameters if parameter.ndim >= 2],
            "weight_decay": config["weight_decay"],
        },
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=0.0,
        betas=tuple(config["betas"]),
        eps=config["epsilon"],
        fused=True,
    )
