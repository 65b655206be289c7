"""Causal attention in blocks of queries, for cases that PyTorch's kernels do not support.

Handles a soft cap (Gemma 2), sliding windows without scores outside of them, and learnt sinks
(GPT-OSS). As in FlashAttention (2205.14135) only the output and the log-sum-exp of each query are
saved, and the backward pass computes a block's scores again; unlike there, a block holds all keys that its
queries see, since on a CPU nothing is gained from smaller tiles. Scores exist for one block at a time.
"""

from typing import Any

import torch
from torch import Tensor

_MASK = 2**20  # bytes of a block's mask at most
_LEAST, _MOST = 16, 256  # queries of a block


def blockwise(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    scale: float,
    softcap: float | None = None,
    window: int | None = None,
    sinks: Tensor | None = None,
) -> Tensor:
    """Attention of documents of equal length.

    query: [documents, length, heads, size]; key, value: the same with a divisor of `heads`; window: tokens
    that a query sees, itself included; sinks: [heads], a logit without a value.
    Returns [documents, length, heads, value size]. Computes in fp32, or in fp64 where that is given.
    """
    dtype = torch.promote_types(query.dtype, torch.float32)
    wide = [part.to(dtype) for part in (query, key, value)]
    sink = None if sinks is None else sinks.to(dtype)
    found: Tensor = _Blockwise.apply(*wide, sink, scale, softcap or 0.0, window or 0)  # type: ignore[no-untyped-call]
    return found.to(query.dtype)


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, sinks: Tensor | None,
        scale: float, softcap: float, window: int,
    ) -> Tensor:  # fmt: skip
        groups = key.shape[2]
        q, k, v = (_by_group(part, groups) for part in (query, key, value))
        out = q.new_empty(*q.shape[:-1], v.shape[-1])
        lse = q.new_empty(q.shape[:-1])
        sink = None if sinks is None else sinks.view(1, groups, -1, 1)
        for rows, columns in _blocks(q.shape[3], window):
            scores, _ = _scores(q, k, rows, columns, scale, softcap, window)
            total = scores.logsumexp(-1)
            if sink is not None:
                total = torch.logaddexp(total, sink)
            lse[..., rows] = total
            out[..., rows, :] = (scores - total[..., None]).exp_() @ v[..., columns, :]
        ctx.save_for_backward(query, key, value, sinks, out, lse)
        ctx.terms = scale, softcap, window
        return _by_token(out)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, sinks, out, lse = ctx.saved_tensors
        scale, softcap, window = ctx.terms
        groups = key.shape[2]
        q, k, v, given = (_by_group(part, groups) for part in (query, key, value, gradient))
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        mean = (given * out).sum(-1)
        for rows, columns in _blocks(q.shape[3], window):
            scores, slope = _scores(q, k, rows, columns, scale, softcap, window)
            weights = (scores - lse[..., rows, None]).exp_()
            back = given[..., rows, :]
            # Heads of a group share keys and values: their gradients are summed.
            dv[..., columns, :] += (weights.transpose(-1, -2) @ back).sum(2, keepdim=True)
            change = weights * (back @ v[..., columns, :].transpose(-1, -2) - mean[..., rows, None])
            if slope is not None:
                change *= slope
            dq[..., rows, :] = change @ k[..., columns, :] * scale
            dk[..., columns, :] += (change.transpose(-1, -2) @ q[..., rows, :]).sum(2, keepdim=True) * scale
        dsinks = None
        if sinks is not None:
            share = (sinks.view(1, groups, -1, 1) - lse).exp()
            dsinks = -(share * mean).sum((0, 3)).view_as(sinks)
        return _by_token(dq), _by_token(dk), _by_token(dv), dsinks, None, None, None


def _scores(
    q: Tensor, k: Tensor, rows: slice, columns: slice, scale: float, softcap: float, window: int
) -> tuple[Tensor, Tensor | None]:
    """Scores of a block, -inf where a query does not see a key; derivative of the soft cap, or None."""
    scores = q[..., rows, :] @ k[..., columns, :].transpose(-1, -2) * scale
    slope = None
    if softcap:
        bounded = (scores / softcap).tanh_()
        slope = 1 - bounded * bounded
        scores = bounded * softcap
    query = torch.arange(rows.start, rows.stop, device=q.device)[:, None]
    key = torch.arange(columns.start, columns.stop, device=q.device)[None]
    hidden = key > query
    if window:
        hidden |= key <= query - window
    return scores.masked_fill_(hidden, float("-inf")), slope


def _blocks(length: int, window: int) -> list[tuple[slice, slice]]:
    """Queries of each block and the keys that they see."""
    seen = min(length, window + _MOST) if window else length
    size = max(_LEAST, min(_MOST, _MASK // seen))
    blocks = []
    for start in range(0, length, size):
        stop = min(start + size, length)
        first = max(0, start - window + 1) if window else 0
        blocks.append((slice(start, stop), slice(first, stop)))
    return blocks


def _by_group(part: Tensor, groups: int) -> Tensor:
    """[documents, length, heads, size] → [documents, groups, heads of a group, length, size]."""
    documents, length, _, size = part.shape
    return part.reshape(documents, length, groups, -1, size).permute(0, 2, 3, 1, 4)


def _by_token(part: Tensor) -> Tensor:
    """The way back from `_by_group`."""
    return part.permute(0, 3, 1, 2, 4).flatten(2, 3)
