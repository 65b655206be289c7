"""Channel losses for a log, from sums per leaf."""

from collections.abc import Sequence as Many

import numpy as np
import torch
from torch import Tensor

from rewarm.corpus.tables.leaves import Leaf
from rewarm.model.channel_loss import channel_loss


class Channels:
    """The channels of some leaves, and the sizes of the tokens that they are measured in.

    leaves: in the order of their numbers; token_bytes: number [vocabulary], UTF-8 bytes of each token.
    """

    def __init__(self, leaves: Many[Leaf], token_bytes: np.ndarray) -> None:
        self.leaves = len(leaves)
        self.token_bytes = torch.from_numpy(np.asarray(token_bytes).astype(np.int64))
        self.members: dict[str, list[int]] = {}
        for number, leaf in enumerate(leaves):
            for axis in ("source", *leaf.labels):
                self.members.setdefault(f"{axis}={leaf.value(axis)}", []).append(number)

    def logs(self, table: Tensor, prefix: str = "") -> dict[str, float]:
        """PREFIXchannel/AXIS=VALUE/nats (per token) and …/bits_per_byte of every channel that was seen.

        table: float64 [leaves, 3], columns nats, tokens, bytes.
        """
        found: dict[str, float] = {}
        for name, members in self.members.items():
            if not float(table[members, 1].sum()):
                continue
            nats, bits = channel_loss(table, members)
            found[f"{prefix}channel/{name}/nats"] = nats
            if bits == bits:  # NaN where a channel has tokens and no bytes, as with special tokens alone.
                found[f"{prefix}channel/{name}/bits_per_byte"] = bits
        return found
