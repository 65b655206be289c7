"""Gradients that lie on several meshes: torch's lists of tensors take those of one mesh at a time.

Matrices that are divided over a tensor group lie on (shards x tensor), all else on (shards). With
one mesh, or none, every function here is torch's own.
"""

from collections.abc import Iterable

import torch
from torch import Tensor


def by_mesh(tensors: Iterable[Tensor]) -> list[list[Tensor]]:
    """Tensors of any shape [*] in groups of one mesh, in order; those without a mesh are one group."""
    groups: dict[object, list[Tensor]] = {}
    for tensor in tensors:
        groups.setdefault(getattr(tensor, "device_mesh", None), []).append(tensor)
    return list(groups.values())


def total_norm(tensors: Iterable[Tensor]) -> Tensor:
    """Scalar float32: the 2-norm of all tensors, on all ranks; a weight on several ranks counts once."""
    norms = [_whole(torch.nn.utils.get_total_norm(group)) for group in by_mesh(tensors)]
    return norms[0] if len(norms) == 1 else torch.stack(norms).square().sum().sqrt()


def clip(parameters: Iterable[Tensor], most: float, norm: Tensor) -> None:
    """Scale the gradients down to the norm `most`, in place. norm: their total norm, scalar float32."""
    for group in by_mesh(parameters):
        torch.nn.utils.clip_grads_with_norm_(group, most, norm)


def _whole(tensor: Tensor) -> Tensor:
    whole: Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return whole
