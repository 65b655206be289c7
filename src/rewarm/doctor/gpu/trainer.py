"""A model in training, without a run directory: gradient, clipping and update as in a run."""

from typing import Any

import numpy as np
import torch

from rewarm.corpus.tables.blocks import Sequence
from rewarm.doctor.gpu import world
from rewarm.model import attention
from rewarm.model.packed_lm import PackedLM
from rewarm.train import optimizer
from rewarm.train.distributed.ranks import Ranks
from rewarm.train.gradient import Gradients
from rewarm.train.guard.evidence import Evidence

RATE = 1e-4


class Training:
    """size, layers: of the model; path: its attention, chosen by `auto` without one."""

    def __init__(
        self, size: world.Size, layers: int, device: torch.device, path: attention.Path | None = None,
        **changes: object,
    ) -> None:  # fmt: skip
        self.config = world.config(size, device, **changes)
        self.device = device
        self.model = world.model(size, layers, device)
        if path is None:
            attention.choose(self.model, "auto", device, self.config["precision"])
        else:
            attention.use(self.model, path)
        self.lm = PackedLM(self.model, self.config["loss_chunk"]).train()
        self.optimizer = optimizer.build(self.lm, self.config)
        sizes = np.random.default_rng(2).integers(1, 8, size.vocabulary)
        self.token_bytes = sizes
        self.gradients = Gradients(self.lm, Ranks(0, 1, device), self.config, sizes)

    def gradient(self, sequences: list[Sequence]) -> Evidence:
        """The gradient of these sequences, left in the weights."""
        blocks: Any = sequences
        return self.gradients.of(blocks, range(len(sequences)), np.ones(world.LEAVES))

    def update(self, sequences: list[Sequence]) -> Evidence:
        """Do one update on these sequences; returns the evidence about its gradient before clipping."""
        evidence = self.gradient(sequences)
        self.gradients.clip(evidence.norm)
        for group in self.optimizer.param_groups:
            group["lr"] = RATE
        self.optimizer.step()
        return evidence


def free(device: torch.device) -> None:
    """Return unused GPU memory to the driver, so that the next measurement starts without it."""
    import gc

    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def wait(device: torch.device) -> None:
    """Wait until the device has finished its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
