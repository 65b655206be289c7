"""What every attention path computes, the slow way: all pairs of tokens, in float64."""

import torch
from torch import Tensor

from rewarm.model.attention.documents import Documents
from rewarm.model.attention.interface import Terms

CPU = torch.device("cpu")


def visible(documents: Documents) -> Tensor:
    """bool [tokens, tokens]: whether the token of a row sees that of a column."""
    document = torch.repeat_interleave(torch.tensor(documents.lengths))
    at = torch.arange(len(document))
    seen = (document[:, None] == document) & (at[:, None] >= at)
    if documents.window:
        seen &= at[:, None] - at < documents.window
    return seen


def plain(query: Tensor, key: Tensor, value: Tensor, documents: Documents, terms: Terms) -> Tensor:
    """As `interface.Kernel`."""
    many = query.shape[1] // key.shape[1]
    q, k, v = (
        query.double(),
        key.double().repeat_interleave(many, 1),
        value.double().repeat_interleave(many, 1),
    )
    scores = torch.einsum("qhd,khd->hqk", q, k) * terms.scale
    if terms.softcap:
        scores = terms.softcap * torch.tanh(scores / terms.softcap)
    scores = scores.masked_fill(~visible(documents), float("-inf"))
    if terms.sinks is not None:
        sinks = terms.sinks.double()[:, None, None].expand(-1, len(query), 1)
        weights = torch.cat([scores, sinks], -1).softmax(-1)[..., :-1]
    else:
        weights = scores.softmax(-1)
    return torch.einsum("hqk,khd->qhd", weights, v)


def tensors(documents: Documents, heads: int, groups: int, size: int, values: int, seed: int) -> list[Tensor]:
    """Queries, keys, values that want gradients; far from a flat softmax."""
    generator = torch.Generator().manual_seed(seed)
    shapes = ((heads, size), (groups, size), (groups, values))
    return [
        (torch.randn(documents.tokens, *shape, generator=generator) * 2).requires_grad_() for shape in shapes
    ]
