"""Packed sequences to tensors: tokens, positions that restart where a context does, the weight of each
target."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewarm.corpus.tables.blocks import Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """tokens, positions: int64 [rows, length]; weights (float), leaves, segments: [rows, length - 1]."""

    tokens: Tensor
    positions: Tensor
    weights: Tensor
    leaves: Tensor
    segments: Tensor


def collate(sequences: list[Sequence], first_segments: list[int] | None = None) -> Batch:
    """Rows of the longest sequence's length; the rest is padding, a document of its own without loss.

    first_segments: the number of each sequence's first segment; none counts through the rows.
    No sequences give one row of padding.
    """
    counts = [len(sequence.lengths) for sequence in sequences]
    firsts = first_segments or (np.cumsum([0, *counts])[:-1]).tolist()
    rows = max(1, len(sequences))
    length = max([2, *(len(sequence.tokens) for sequence in sequences)])
    tokens, positions, leaves, segments = (np.zeros((rows, length), dtype=np.int64) for _ in range(4))
    weights = np.zeros((rows, length), dtype=np.float32)
    positions[:] = np.arange(length)
    for row, (sequence, first) in enumerate(zip(sequences, firsts, strict=True)):
        size = len(sequence.tokens)
        tokens[row, :size] = sequence.tokens
        positions[row, :size] = sequence.positions()
        positions[row, size:] = np.arange(length - size)
        leaves[row, :size] = np.repeat(sequence.leaves, sequence.lengths)
        segments[row, :size] = np.repeat(np.arange(first, first + counts[row]), sequence.lengths)
        weights[row, :size] = sequence.weights()
    return Batch(
        torch.from_numpy(tokens),
        torch.from_numpy(positions),
        *(torch.from_numpy(table[:, 1:].copy()) for table in (weights, leaves, segments)),
    )
