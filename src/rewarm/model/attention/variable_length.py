"""Variable-length kernels for CUDA: flash-attn's, and the one in PyTorch itself (2.10 and later).

Both take all documents of a batch in one call with cumulative lengths, in fp16 or bf16 only. Written
against their documented signatures; neither has run here, where there is no GPU. Tests replace the
kernel by a reference at the narrowest point and check every argument that reaches it.
"""

from collections.abc import Callable
from inspect import signature
from typing import Any

import torch
from torch import Tensor

from rewarm.model.attention.documents import Documents, Unsupported
from rewarm.model.attention.interface import Terms

_HALF = (torch.bfloat16, torch.float16)
_LARGEST_HEAD = 256


def flash(query: Tensor, key: Tensor, value: Tensor, documents: Documents, terms: Terms) -> Tensor:
    """A kernel as `interface.Kernel` describes it, [tokens, heads, size], by flash-attn 2.6 or later.

    Soft caps came with 2.6. Raises Unsupported for attention sinks.
    """
    if terms.sinks is not None:
        raise Unsupported("attention sinks")
    query, key, value, size = _fitting(query, key, value)
    found: Tensor = flash_function()(
        query, key, value,
        cu_seqlens_q=documents.starts, cu_seqlens_k=documents.starts,
        max_seqlen_q=documents.longest, max_seqlen_k=documents.longest,
        softmax_scale=terms.scale, causal=True, window_size=_window(documents, -1),
        softcap=terms.softcap or 0.0, deterministic=True,
    )  # fmt: skip
    return found[..., :size]


def varlen(query: Tensor, key: Tensor, value: Tensor, documents: Documents, terms: Terms) -> Tensor:
    """A kernel as `interface.Kernel` describes it, [tokens, heads, size], by torch.nn.attention.varlen.

    Raises Unsupported for soft caps, attention sinks, and windows with a PyTorch that has none.
    """
    if terms.softcap:
        raise Unsupported("a soft cap of scores")
    if terms.sinks is not None:
        raise Unsupported("attention sinks")
    query, key, value, size = _fitting(query, key, value)
    function = varlen_function()
    known = signature(function).parameters
    how: dict[str, Any] = {"scale": terms.scale}
    if "window_size" in known:
        how["window_size"] = _window(documents, 0)
    elif documents.narrow is None:  # PyTorch 2.10 has is_causal and no windows
        how["is_causal"] = True
    else:
        raise Unsupported(f"a sliding window with PyTorch {torch.__version__}")
    if query.shape[1] != key.shape[1]:
        if "enable_gqa" in known:
            how["enable_gqa"] = True
        else:
            many = query.shape[1] // key.shape[1]
            key, value = key.repeat_interleave(many, 1), value.repeat_interleave(many, 1)
    starts, longest = documents.starts, documents.longest
    attended: Tensor = function(query, key, value, starts, starts, longest, longest, **how)
    return attended[..., :size]


def flash_function() -> Callable[..., Any]:
    """Raises ImportError where flash-attn is not installed."""
    from flash_attn import flash_attn_varlen_func

    function: Callable[..., Any] = flash_attn_varlen_func
    return function


def varlen_function() -> Callable[..., Any]:
    """Raises ImportError before PyTorch 2.10."""
    from torch.nn.attention.varlen import varlen_attn

    return varlen_attn


def _fitting(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor, Tensor, int]:
    """Contiguous tensors of one head size, and the values' own."""
    if query.dtype not in _HALF:
        raise Unsupported(f"{str(query.dtype).removeprefix('torch.')}: set train.precision: bf16")
    size, own = query.shape[-1], value.shape[-1]
    if max(size, own) > _LARGEST_HEAD or own > size:
        raise Unsupported(f"heads of {size} and {own} values; at most {_LARGEST_HEAD}")
    if own < size:
        value = torch.nn.functional.pad(value, (0, size - own))
    return query.contiguous(), key.contiguous(), value.contiguous(), own


def _window(documents: Documents, right: int) -> tuple[int, int]:
    """Tokens before and after a token that it sees; -1 sees all on that side.

    right: what the kernel wants for causal attention: 0 where the window says it, -1 where a flag does.
    """
    if documents.narrow is None:
        return (-1, right)
    return (documents.narrow - 1, 0)
