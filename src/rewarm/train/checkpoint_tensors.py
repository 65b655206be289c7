"""The tensors of a checkpoint: weights that train and their moments, by name."""

from collections.abc import Iterator

import torch

from rewarm.plan import memory


def by_name(lm: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """Weights that train and their moments by name, as views that loading fills in place.

    Dtype and shape are the parameter's; a scalar of the optimizer has shape [1]. Tied weights come once;
    frozen ones are the base's.
    """
    found: dict[str, torch.Tensor] = {}
    for name, parameter in lm.named_parameters():
        if parameter.requires_grad:
            found[f"model.{name}"] = parameter.detach()
            for key, value in _moments(optimizer, parameter):
                # A scalar has no shards; as one element it has.
                found[f"optimizer.{name}.{key}"] = value.reshape(1) if value.ndim == 0 else value
    return found


def files(tensors: dict[str, torch.Tensor], ranks: int) -> dict[str, int]:
    """Number of the file that each tensor goes into, from 1; the same on every rank.

    torch serializes a file in memory, twice, before it writes it. With all tensors in one file that would
    be two more copies of weights and moments.
    """
    found, number, filled = {}, 1, 0.0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size() / ranks
        if filled and filled + size > memory.CHECKPOINT_FILE:
            number, filled = number + 1, 0.0
        found[name] = number
        filled += size
    return found


def _moments(optimizer: torch.optim.Optimizer, parameter: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
    state = optimizer.state[parameter]
    if not state and hasattr(optimizer, "begin"):
        state = optimizer.begin(parameter)
    if not state:
        fused = bool(optimizer.defaults.get("fused"))
        device = parameter.device if fused else torch.device("cpu")
        state["step"] = torch.zeros((), dtype=torch.float32, device=device)
        state["exp_avg"] = torch.zeros_like(parameter)
        state["exp_avg_sq"] = torch.zeros_like(parameter)
    yield from ((key, value) for key, value in state.items() if isinstance(value, torch.Tensor))
