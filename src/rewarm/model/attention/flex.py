"""FlexAttention with a block mask made from document boundaries, for CUDA.

FlexAttention (PyTorch) skips blocks of 128 x 128 scores that its block mask does not list, and applies
a function of indices inside the others. `create_block_mask` finds the blocks by evaluating the function
on all pairs; here they follow from the boundaries alone, so 16k tokens need 128 x 128 indices and not
268 million comparisons. It computes fp32 too, and soft caps. Not run on a GPU here: tests check the block
mask against all pairs of tokens, and the result of FlexAttention's unfused implementation on the CPU.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewarm.model.attention.documents import Documents, Unsupported
from rewarm.model.attention.interface import Terms

BLOCK = 128


def flex(query: Tensor, key: Tensor, value: Tensor, documents: Documents, terms: Terms) -> Tensor:
    """A kernel as `interface.Kernel` describes it, [tokens, heads, size].

    Raises Unsupported for attention sinks.
    """
    if terms.sinks is not None:
        raise Unsupported("attention sinks")
    if documents.block_mask is None:
        documents.block_mask = block_mask(documents)
    found: Tensor = flex_function()(
        *(part.transpose(0, 1)[None] for part in (query, key, value)),
        score_mod=_softcap(terms.softcap) if terms.softcap else None,
        block_mask=documents.block_mask,
        scale=terms.scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return found[0].transpose(0, 1)


@cache
def flex_function() -> Callable[..., Any]:
    """The fused kernel, compiled once."""
    from torch.nn.attention.flex_attention import flex_attention

    compiled: Callable[..., Any] = torch.compile(flex_attention)
    return compiled


@torch.compiler.disable  # type: ignore[untyped-decorator]
def block_mask(documents: Documents) -> object:
    """A BlockMask of the documents, in blocks of `BLOCK` tokens: those seen whole, those seen in part."""
    from torch.nn.attention.flex_attention import BlockMask

    tokens = documents.tokens
    document = np.repeat(np.arange(len(documents.lengths)), documents.lengths)
    begins = np.repeat(np.cumsum(documents.lengths) - documents.lengths, documents.lengths)
    if documents.narrow is not None:
        begins = np.maximum(begins, np.arange(tokens) - documents.narrow + 1)
    count = -(-tokens // BLOCK)
    first, last = np.arange(count) * BLOCK, np.minimum(np.arange(1, count + 1) * BLOCK, tokens) - 1
    # The first key that any, and that every query of the block sees: both grow with the query.
    any_from, all_from = begins[first], begins[last]
    blocks = np.arange(count)
    needed = (blocks[None] <= blocks[:, None]) & (last[None] >= any_from[:, None])
    # If the last query sees all of an earlier block, so does every query: they are of one document.
    whole = needed & (blocks[None] < blocks[:, None]) & (first[None] >= all_from[:, None])
    numbers = torch.from_numpy(document.astype(np.int32)).to(documents.device)
    return BlockMask.from_kv_blocks(
        *_lists(needed & ~whole, documents.device),
        *_lists(whole, documents.device),
        BLOCK_SIZE=BLOCK,
        mask_mod=_mask_function(numbers, documents.narrow),
        seq_lengths=(tokens, tokens),
    )


def _lists(table: np.ndarray, device: torch.device) -> tuple[Tensor, Tensor]:
    """int32 [1, 1, blocks], [1, 1, blocks, blocks]: how many key blocks, and which, those first."""
    order = np.argsort(~table, axis=1, kind="stable")
    parts = (table.sum(1), order)
    number, which = (torch.from_numpy(part.astype(np.int32))[None, None].to(device) for part in parts)
    return number, which


def _mask_function(numbers: Tensor, window: int | None) -> Callable[..., Tensor]:
    def plain(_row: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return (key <= query) & (numbers[query] == numbers[key])

    if window is None:
        return plain

    def windowed(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return plain(row, head, query, key) & (query - key < window)

    return windowed


@cache
def _softcap(cap: float) -> Callable[..., Tensor]:
    def bounded(score: Tensor, _row: Tensor, _head: Tensor, _query: Tensor, _key: Tensor) -> Tensor:
        return cap * torch.tanh(score / cap)

    return bounded
