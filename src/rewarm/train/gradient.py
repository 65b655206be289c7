"""The gradient of some sequences, left in the parameters, and the evidence about it.

The loss is the sum over targets divided by their number over all micro-batches and ranks, so it is
the same however they are divided. Sums are kept by segment, which is what tells documents apart;
they stay on the device until all micro-batches are done and cross ranks in one all-reduce.
"""

import time
from collections.abc import Iterator
from collections.abc import Sequence as Many
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from rewarm.corpus.tables import ids
from rewarm.corpus.tables.blocks import Blocks, Sequence
from rewarm.model.channel_loss import LeafSums
from rewarm.model.packed_lm import PackedLM
from rewarm.model.precision import autocast, computed_in
from rewarm.train.batch import collate
from rewarm.train.distributed import meshes
from rewarm.train.distributed.ranks import Ranks, defer_reduction
from rewarm.train.guard.evidence import Evidence, Segments


class Gradients:
    """Computes gradients of a model; `token_bytes`: int64 [vocabulary]."""

    def __init__(self, lm: PackedLM, ranks: Ranks, config: dict[str, Any], token_bytes: np.ndarray) -> None:
        self._lm, self._ranks, self._config = lm, ranks, config
        self._token_bytes = torch.from_numpy(token_bytes.astype(np.int64)).to(ranks.device)
        self._parameters = [parameter for parameter in lm.parameters() if parameter.requires_grad]
        self._data_seconds = 0.0

    def take_data_seconds(self) -> float:
        """Seconds since the last call in which this rank read sequences and the device had nothing to do."""
        found, self._data_seconds = self._data_seconds, 0.0
        return found

    def of(self, blocks: Blocks, numbers: Many[int], leaf_weights: np.ndarray) -> Evidence:
        """Gradient of these sequences of a stage; nothing is clipped and no weight changes.

        leaf_weights: float64 [leaves], factors of each leaf's tokens in the loss; 1 leaves it alone.
        """
        ranks, config = self._ranks, self._config
        with self._reading():
            sequences = [blocks[number] for number in numbers]
            segments = _segments(sequences, numbers)
        total = sum(float((leaf_weights[item.leaves] * item.targets()).sum()) for item in sequences)
        firsts = np.cumsum([0, *(len(item.lengths) for item in sequences)])
        sums = LeafSums(max(1, len(segments)), ranks.device)
        loss = torch.zeros((), dtype=torch.float32, device=ranks.device)
        for parameter in self._parameters:
            parameter.grad = None
        own = list(range(ranks.data_rank, len(sequences), ranks.data_world_size))
        # Every rank runs the same number of passes: FSDP's collectives wait for all.
        share = -(-len(sequences) // ranks.data_world_size)
        size = config["micro_batch"]
        factors = torch.from_numpy(leaf_weights.astype(np.float32)).to(ranks.device)
        for start in range(0, share, size):
            defer_reduction(
                self._lm, ranks, last=start + size >= share or not config["parallel"]["defer_reduction"]
            )
            loss += self._pass(sequences, own[start : start + size], firsts, total, factors, sums)
        table = torch.cat([sums.table.reshape(-1), loss.double().reshape(1)])
        ranks.add_up(table)
        norm = ranks.agree(
            meshes.total_norm(parameter.grad for parameter in self._parameters if parameter.grad is not None)
        )
        values = torch.cat([table, norm.double().reshape(1).to(table.device)]).cpu().numpy()
        return Evidence(
            loss=float(np.float32(values[-2])),
            norm=float(values[-1]),
            segments=segments,
            sums=values[:-2].reshape(-1, 3)[: len(segments)],
        )

    def clip(self, norm: float) -> None:
        """Scale the gradient down to the largest norm that the recipe allows."""
        whole = torch.tensor(norm, dtype=torch.float32, device=self._ranks.device)
        meshes.clip(self._parameters, self._config["clip"], whole)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._data_seconds += time.monotonic() - began

    def _pass(
        self,
        sequences: list[Sequence],
        rows: list[int],
        firsts: np.ndarray,
        total: float,
        factors: torch.Tensor,
        sums: LeafSums,
    ) -> torch.Tensor:
        """Forward and backward of one micro-batch; an empty one runs on padding, with no targets."""
        # The blocks are mapped into memory: here their pages are read from the disk.
        with self._reading():
            batch = collate([sequences[row] for row in rows], [int(firsts[row]) for row in rows])
        device = self._ranks.device
        tokens, positions, weights = (
            part.to(device, non_blocking=True) for part in (batch.tokens, batch.positions, batch.weights)
        )
        leaves, segments = batch.leaves.to(device), batch.segments.to(device)
        scaled = weights * factors[leaves] / max(1.0, total)
        with autocast(device, computed_in(device, self._config["precision"])):
            loss, nll = self._lm(tokens, positions, scaled)
        loss.backward()
        if self._lm.z_loss:
            # The reported loss is the cross entropy, the sum over leaves.
            factors_of = scaled.reshape(-1)
            loss = torch.where(factors_of == 0, 0.0, nll * factors_of).sum()
        sizes = self._token_bytes[tokens[:, 1:].reshape(-1)]
        sums.add(nll, segments.reshape(-1), weights.reshape(-1), sizes)
        detached: torch.Tensor = loss.detach()
        return detached


def _segments(sequences: list[Sequence], numbers: Many[int]) -> Segments:
    def joined(parts: list[np.ndarray]) -> np.ndarray:
        return np.concatenate([*parts, np.empty(0, dtype=np.int64)]).astype(np.int64)

    return Segments(
        sequence=np.repeat(np.array(numbers, dtype=np.int64), [len(item.lengths) for item in sequences]),
        document=np.concatenate([np.empty(0, ids.TYPE), *(item.documents for item in sequences)]),
        leaf=joined([item.leaves for item in sequences]),
        tokens=tuple(
            part for item in sequences for part in np.split(item.tokens, np.cumsum(item.lengths)[:-1])
        ),
    )
