"""Blocks of a stage as a torch data set, and the collator that makes batches for HF Trainer.

A batch keeps what isolates documents (positions that restart), where a loss counts (labels) and whose
it is (leaves): the same batch as rewarm's own loop trains on.
"""

from collections.abc import Sequence as Many
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils.data import Dataset

from rewarm.corpus.tables.blocks import Blocks, Sequence
from rewarm.interop.channels import Channels
from rewarm.interop.packed_stage import packed_stage, without_loss
from rewarm.runs.run import Run
from rewarm.train.batch import collate

IGNORED = -100
"""The label that transformers excludes from losses and counts."""


class BlockDataset(Dataset[dict[str, Any]]):
    """The sequences of a stage in training order; channels: of their leaves.

    An item has `input_ids`, `position_ids`, `labels`, `leaves`: int64 [tokens] each. The label of a
    token that carries no loss is -100: the first of a document's part, and what is masked.
    """

    def __init__(self, blocks: Blocks, channels: Channels) -> None:
        self.blocks = blocks
        self.channels = channels

    @classmethod
    def of_run(cls, run: Path | str, stage: str) -> Self:
        """The stage of a finished or unfinished run. Raises RewarmError when there is none."""
        found = packed_stage(Run(run), stage)
        return cls(found.blocks, Channels(found.leaves, found.token_bytes))

    def __len__(self) -> int:
        return len(self.blocks)

    def __getitem__(self, number: int) -> dict[str, Tensor]:
        """As `features`. Raises IndexError beyond the last sequence, which ends iteration."""
        if not 0 <= number < len(self):
            raise IndexError(f"sequence {number} of {len(self)}")
        return features(self.blocks[number])


def features(sequence: Sequence) -> dict[str, Tensor]:
    """int64 [tokens] tensors of one sequence: input_ids, position_ids, labels, leaves."""
    batch = collate([sequence])
    size = len(sequence.tokens)
    tokens = batch.tokens[0, :size]
    labels = torch.full_like(tokens, IGNORED)
    leaves = torch.full_like(tokens, int(sequence.leaves[0]))
    counts = batch.weights[0, : size - 1] > 0
    labels[1:][counts] = tokens[1:][counts]
    leaves[1:] = batch.leaves[0, : size - 1]
    masks = without_loss(sequence)
    if masks is not None:
        labels[torch.from_numpy(masks)] = IGNORED
    return {
        "input_ids": tokens,
        "position_ids": batch.positions[0, :size],
        "labels": labels,
        "leaves": leaves,
    }


class BlockCollator:
    """Rows of the longest sequence's length; the rest is padding, a document of its own without loss."""

    def __call__(self, items: Many[dict[str, Any]]) -> dict[str, Tensor]:
        """int64 [rows, length] tensors: input_ids, position_ids, labels, leaves."""
        # token_losses needs a target, so a row has two tokens at least.
        length = max([2, *(len(item["input_ids"]) for item in items)])
        rows = len(items)
        batch = {
            "input_ids": torch.zeros(rows, length, dtype=torch.int64),
            "position_ids": torch.arange(length).repeat(rows, 1),
            "labels": torch.full((rows, length), IGNORED, dtype=torch.int64),
            "leaves": torch.zeros(rows, length, dtype=torch.int64),
        }
        for row, item in enumerate(items):
            size = len(item["input_ids"])
            for name, table in batch.items():
                table[row, :size] = torch.as_tensor(item[name])
            batch["position_ids"][row, size:] = torch.arange(length - size)
        return batch
