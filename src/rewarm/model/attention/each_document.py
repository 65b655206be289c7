"""Attention of every document by itself, with PyTorch's own kernels: the path for CPUs.

Neighbours of equal length are one call, everything else is a call a document, so the cost is the sum of
squared lengths. Scores with a soft cap, sinks, and windows shorter than a document go to `blockwise`.
A CPU without bf16 instructions takes seven times as long for the backward pass in bf16 as in fp32
(measured with AVX2 only), so there the kernel computes in fp32, which also rounds less.
"""

import torch
from torch import Tensor

from rewarm.model.attention.blockwise import blockwise
from rewarm.model.attention.documents import Documents
from rewarm.model.attention.interface import Terms
from rewarm.model.precision import native_bf16


# The loop depends on the documents of the batch, so compiling it would recompile every time.
@torch.compiler.disable  # type: ignore[untyped-decorator]
def each_document(query: Tensor, key: Tensor, value: Tensor, documents: Documents, terms: Terms) -> Tensor:
    """A kernel as `interface.Kernel` describes it: [tokens, heads, size], in the dtype of the query."""
    given = query.dtype
    if given == torch.bfloat16 and query.device.type == "cpu" and not native_bf16():
        query, key, value = query.float(), key.float(), value.float()
    sizes = [number * length for number, length in documents.runs]
    found = []
    # Otherwise autocast would take fp32 back to bf16.
    with torch.autocast(query.device.type, enabled=False):
        split = (torch.split(part, sizes) for part in (query, key, value))
        for *parts, run in zip(*split, documents.runs, strict=True):
            q, k, v = (part.reshape(*run, *part.shape[1:]) for part in parts)
            if terms.softcap or terms.sinks is not None or (documents.narrow and run[1] > documents.narrow):
                out = blockwise(q, k, v, terms.scale, terms.softcap, documents.window, terms.sinks)
            else:
                out = _plain(q, k, v, terms.scale)
            found.append(out.flatten(0, 1))
    return (found[0] if len(found) == 1 else torch.cat(found)).to(given)


def _plain(query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
    """[documents, length, heads, size], causal."""
    shared = query.shape[2] != key.shape[2]
    return torch.nn.functional.scaled_dot_product_attention(
        query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True, scale=scale,
        enable_gqa=shared,
    ).transpose(1, 2)  # fmt: skip
