"""Channel loss: the training loss, taken apart by leaf.

A leaf is a distinct combination of a document's source and labels. Sums of nats, tokens and
bytes are kept per leaf, never means, so that the loss of any channel (one value of one axis) is
exact: a ratio of sums over the leaves that carry it. The sums add up in float64 over all
micro-batches of an update, on the device and without a host synchronisation.
"""

from math import log, nan

import torch
from torch import Tensor


class LeafSums:
    """The running sums of one update: float64 [leaves, 3], columns nats, tokens, bytes.

    `table` is one fixed-size tensor, so that ranks add theirs with a single all-reduce.
    """

    def __init__(self, leaves: int, device: torch.device | str = "cpu") -> None:
        if leaves < 1:
            raise ValueError(f"leaves: {leaves} is not positive; an update measures at least one leaf")
        self.table = torch.zeros(leaves, 3, dtype=torch.float64, device=device)

    def add(self, nll: Tensor, leaf: Tensor, weight: Tensor, token_bytes: Tensor) -> None:
        """Add one micro-batch.

        nll: float [tokens], nats; leaf: int64 [tokens], the leaf of the *target* token;
        weight: float [tokens], 0..1; token_bytes: number [tokens], UTF-8 bytes of the target.
        A token of weight 0 adds nothing, even when its loss is not finite.
        """
        weight = weight.detach().double()
        nats = torch.where(weight == 0, 0.0, nll.detach().double() * weight)
        self.table.index_add_(0, leaf, torch.stack([nats, weight, token_bytes.double() * weight], dim=1))


def channel_loss(table: Tensor, leaves: list[int]) -> tuple[float, float]:
    """Mean loss of a channel in nats per token, and in bits per byte.

    table: float64 [leaves, 3] of `LeafSums`; leaves: the rows that carry the channel.
    Nats of different tokenizers or languages don't compare; bits per byte do. A channel without
    tokens or bytes gives NaN, which is not the same as a loss of zero.
    Raises IndexError when a leaf is not in the table.
    """
    nats, tokens, size = table[leaves].sum(0).tolist()
    return nats / tokens if tokens else nan, nats / (size * log(2)) if size else nan
