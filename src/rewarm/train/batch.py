"""Packed sequences to tensors: tokens, positions that restart, and what each target counts for."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from rewarm.corpus.blocks import Sequence


@dataclass(frozen=True, slots=True)
class Batch:
    """tokens, positions: int64 [rows, length]; weights (float), leaves (int64): [rows, length - 1]."""

    tokens: Tensor
    positions: Tensor
    weights: Tensor
    leaves: Tensor


def targets(sequence: Sequence) -> int:
    """Tokens of the sequence that carry loss: all but the first of every segment, which has no context."""
    return len(sequence.tokens) - len(sequence.lengths)


def collate(sequences: list[Sequence]) -> Batch:
    """Rows of the longest sequence's length; the rest is padding, a document of its own without loss."""
    length = max(2, *(len(sequence.tokens) for sequence in sequences))
    tokens = np.zeros((len(sequences), length), dtype=np.int64)
    positions = np.zeros((len(sequences), length), dtype=np.int64)
    weights = np.zeros((len(sequences), length), dtype=np.float32)
    leaves = np.zeros((len(sequences), length), dtype=np.int64)
    for row, sequence in enumerate(sequences):
        size = len(sequence.tokens)
        starts = np.cumsum(sequence.lengths) - sequence.lengths
        tokens[row, :size] = sequence.tokens
        positions[row, :size] = np.arange(size) - np.repeat(starts, sequence.lengths)
        positions[row, size:] = np.arange(length - size)
        leaves[row, :size] = np.repeat(sequence.leaves, sequence.lengths)
        weights[row, :size] = 1
        weights[row, starts] = 0
    return Batch(
        torch.from_numpy(tokens),
        torch.from_numpy(positions),
        torch.from_numpy(weights[:, 1:].copy()),
        torch.from_numpy(leaves[:, 1:].copy()),
    )
