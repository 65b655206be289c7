"""How transformers calls our kernels: a function for masks and one for attention, for each path.

transformers describes each mask by a function of indices, `mask_function(row, head, query, key)`, and
builds the dense mask from it. Asked only whether a token sees the one before it, the same function
gives the document boundaries at the cost of one comparison a token. So the boundaries always agree with
what the dense path computes, for any caller, and position IDs need not be passed another way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from rewarm.model.attention.documents import Documents, Unsupported, of_boundaries

PREFIX = "rewarm_"


@dataclass(frozen=True)
class Terms:
    """Changes to attention scores: a factor, a soft cap (Gemma 2), a learnt sink a head (GPT-OSS)."""

    scale: float
    softcap: float | None = None
    sinks: Tensor | None = None


Kernel = Callable[[Tensor, Tensor, Tensor, Documents, Terms], Tensor]
"""queries [tokens, heads, size], keys and values [tokens, key heads, size] → [tokens, heads, value size].
Heads are a multiple of key heads."""


def register(path: str, kernel: Kernel) -> str:
    """Make the kernel an attention implementation of transformers; returns its name there."""
    from transformers import AttentionInterface, AttentionMaskInterface

    # For a name that contains "flash", transformers would search for a kernel of its own.
    name = PREFIX + path.replace("flash", "fa")
    AttentionInterface.register(name, partial(_attend, kernel))
    AttentionMaskInterface.register(name, _documents)
    return name


@torch.compiler.disable  # type: ignore[untyped-decorator]
def _documents(
    batch_size: int,
    q_length: int,
    kv_length: int,
    mask_function: Callable[..., Any],
    q_offset: int = 0,
    kv_offset: int = 0,
    attention_mask: Tensor | None = None,
    local_size: int | None = None,
    use_vmap: bool = False,
    device: torch.device | str = "cpu",
    **_: object,
) -> Documents:
    """Replaces the dense mask. Raises Unsupported for a mask that is not causal inside documents."""
    if q_length != kv_length or q_offset or kv_offset:
        raise Unsupported("keys from a cache")
    if attention_mask is not None and not bool(attention_mask.all()):
        raise Unsupported("a padding mask")
    if use_vmap:
        raise Unsupported("a mask that the architecture adds to the causal one")
    device = torch.device(device)
    if q_length == 1:
        return Documents((1,) * batch_size, device, local_size)
    rows = torch.arange(batch_size, device=device)[:, None]
    heads = torch.zeros(1, 1, dtype=torch.long, device=device)
    before = torch.arange(q_length - 1, device=device)[None]
    sees = [
        mask_function(rows, heads, query, key).expand(batch_size, q_length - 1)
        for query, key in ((before + 1, before), (before, before + 1))
    ]
    past, future = torch.stack(sees).cpu().numpy()
    if future.any():
        raise Unsupported("tokens that see later ones")
    return of_boundaries(past, device, local_size)


def _attend(
    kernel: Kernel,
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: object,
    dropout: float = 0.0,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    position_bias: Tensor | None = None,
    is_causal: bool | None = None,
    **_: object,
) -> tuple[Tensor, None]:
    """query: [rows, heads, length, size] → [rows, length, heads, size], as transformers passes them."""
    if not isinstance(attention_mask, Documents):
        raise Unsupported("a mask that the architecture makes itself")
    if dropout:
        raise Unsupported("attention dropout")
    if position_bias is not None:
        raise Unsupported("a position bias")
    if is_causal is False:
        raise Unsupported("attention that is not causal")
    if torch.is_autocast_enabled(query.device.type):
        dtype = torch.get_autocast_dtype(query.device.type)
        query, key, value = query.to(dtype), key.to(dtype), value.to(dtype)
    rows, _heads, length, size = query.shape
    terms = Terms(size**-0.5 if scaling is None else float(scaling), softcap, s_aux)
    q, k, v = (part.transpose(1, 2).flatten(0, 1) for part in (query, key, value))
    found = kernel(q, k, v, attention_mask, terms)
    return found.reshape(rows, length, *found.shape[1:]), None
