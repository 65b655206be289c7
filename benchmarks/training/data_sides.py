"""Everything of an update but the model, on data of 1,000 to 100,000 sequences.

Plan, quarantine, reading from the blocks, tensors, sums by document, the guard's judgement: rewarm's
own code around a model that costs nothing. What a token costs there must not depend on how much data
there is. Opening the data grows with it, and is told apart.
"""

import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from support.smoke import SMOKE
from torch import Tensor

from training.turns import Clock
from training.world import LEAVES, TOKENS, packed, train_config

SIZES = {"1k": 100, "100k": 200} if SMOKE else {"1k": 1_000, "10k": 10_000, "100k": 100_000}
UPDATES = 20 if SMOKE else 500


class _NoModel(torch.nn.Module):
    """Gives every token the same loss."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))
        self.z_loss = 0.0

    def forward(self, tokens: Tensor, _positions: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        return (weights.sum() * self.weight), torch.full((weights.numel(),), 2.0)


def folder(world: Path, size: str) -> Path:
    return world / f"pack-{size}"


def build(world: Path) -> None:
    for name, sequences in SIZES.items():
        packed(folder(world, name), sequences)


def _turns(size: str, world: Path, clock: Clock) -> None:

    from rewarm.corpus.tables.blocks import Blocks, updates
    from rewarm.train.distributed.ranks import Ranks
    from rewarm.train.gradient import Gradients
    from rewarm.train.guard.decisions import Decisions
    from rewarm.train.guard.incidents import Incidents
    from rewarm.train.guard.judge import Guard
    from rewarm.train.guard.recovery import Recovery

    where = folder(world, size)
    config = train_config()
    train, guard = {**config["train"], **config["free"]}, Guard(LEAVES, config["guard"])
    sizes = np.load(world / "tokenize/token_bytes.npy")
    lm: Any = _NoModel()
    gradients = Gradients(lm, Ranks(0, 1, torch.device("cpu")), train, sizes)
    rng = np.random.default_rng(0)
    weights = np.ones(LEAVES)
    model = np.zeros(8 * 2**20)
    clock.begin()
    while True:
        blocks = {"adapt": Blocks(where, "adapt")}
        plan = updates(where, TOKENS)
        clock.turn(updates=len(plan))
        decisions = Decisions(world / "none.json", writes=False)
        incidents = Incidents(world / "none.jsonl", writes=False)
        recovery = Recovery(
            gradients, guard, decisions, incidents, blocks, config["guard"], lambda _: (0.0, 0.0)
        )
        start = int(rng.integers(len(plan) - UPDATES + 1))
        spent = 0.0
        for update in plan[start : start + UPDATES]:
            model += 1  # a model's step leaves nothing of the data in the processor's caches
            began = time.process_time()
            evidence = recovery.gradient(update, weights)
            assert evidence is not None
            guard.accept(evidence)
            spent += time.process_time() - began
        clock.turn(updates=UPDATES, spent=spent)


SIDES = {f"data, {size}": partial(_turns, size) for size in SIZES}
