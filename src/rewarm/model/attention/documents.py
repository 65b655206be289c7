"""Boundaries of the documents of a batch, in the forms that attention kernels need.

A batch of `rows` x `length` tokens is taken as one row of rows x length tokens. No document spans two
rows, so document boundaries separate rows as well, and every kernel has one case to handle. This
object takes the place of the attention mask: transformers hands it to every layer, and activation
checkpointing keeps it with the layer's other arguments, so a recomputed layer sees the same documents.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
import torch
from torch import Tensor


class Unsupported(Exception):
    """An attention path cannot compute this; the text is for the user."""


@dataclass(eq=False)
class Documents:
    """lengths: tokens of each document, in order; their sum is rows x length. window: tokens that a token
    sees at most, itself included, or None."""

    lengths: tuple[int, ...]
    device: torch.device
    window: int | None = None
    block_mask: Any = field(default=None, repr=False)
    """What FlexAttention derives from this object, kept for the layers that follow."""

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    @cached_property
    def longest(self) -> int:
        return max(self.lengths)

    @cached_property
    def starts(self) -> Tensor:
        """int32 [documents + 1]: each document's first token, and the number of tokens."""
        ends = np.cumsum(self.lengths, dtype=np.int64)
        return torch.from_numpy(np.concatenate([[0], ends]).astype(np.int32)).to(self.device)

    @cached_property
    def runs(self) -> tuple[tuple[int, int], ...]:
        """(number, length) of neighbouring documents of equal length: one call of a kernel each."""
        return tuple((len(list(same)), length) for length, same in groupby(self.lengths))

    @property
    def narrow(self) -> int | None:
        """The window, if any document is longer than it."""
        return self.window if self.window is not None and self.longest > self.window else None


def of_boundaries(same: np.ndarray, device: torch.device, window: int | None) -> Documents:
    """same: bool [rows, length - 1], whether a token belongs to the document of the token before it."""
    rows, length = same.shape[0], same.shape[1] + 1
    first = np.ones((rows, length), dtype=bool)
    first[:, 1:] = ~same
    starts = np.flatnonzero(first.reshape(-1))
    lengths = np.diff(np.append(starts, rows * length))
    documents = Documents(tuple(lengths.tolist()), device, window)
    # Computed here, so that compiled layers find values and no code.
    _ = documents.starts, documents.longest
    return documents
