"""What the channel sums of 64 leaves on three axes cost: alone, and as steps with and without them."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from support.smoke import SMOKE

from training.step_sides import rewarm_run
from training.turns import Clock
from training.world import LEAVES, ROWS, SEGMENT, TOKENS, VOCABULARY, labels

REPEATS = 5 if SMOKE else 200


def alone(world: Path, clock: Clock) -> None:
    """All of an update's sums and channels, many times: bytes of the tokens, sums by document, by leaf,
    and each channel of each axis from those."""
    from rewarm.model.channel_loss import LeafSums, channel_loss
    from rewarm.train.guard.evidence import Evidence, Segments

    token_bytes = torch.from_numpy(np.load(world / "tokenize/token_bytes.npy").astype(np.int64))
    targets = torch.randint(VOCABULARY, (TOKENS - ROWS,))
    parts = TOKENS // SEGMENT
    segment = torch.arange(TOKENS - ROWS) // SEGMENT
    nll, weights = torch.rand(len(targets)) * 10, torch.ones(len(targets))
    leaf = np.arange(parts) % LEAVES
    segments = Segments(
        leaf, leaf, leaf, tuple(np.split(targets.numpy(), np.arange(SEGMENT, len(targets), SEGMENT)))
    )
    axes: dict[tuple[str, str], list[int]] = {}
    for number in range(LEAVES):
        for axis in labels(number).items():
            axes.setdefault(axis, []).append(number)
    clock.begin()
    while True:
        for _ in range(REPEATS):
            sums = LeafSums(parts)
            sums.add(nll, segment, weights, token_bytes[targets])
            table = Evidence(0.0, 0.0, segments, sums.table.numpy()).leaves(LEAVES)
            for leaves in axes.values():
                channel_loss(torch.from_numpy(table), leaves)
        clock.turn(repeats=REPEATS)


def pairs(world: Path, clock: Clock) -> None:
    """The same update twice a turn, with the sums and without, in an order that alternates."""
    from rewarm.model.channel_loss import LeafSums

    run = rewarm_run(world, world / "scratch-pairs")
    add = LeafSums.add

    def without(*_: Any) -> None:
        return None

    clock.begin()
    while True:
        for update in run.plan:
            seconds = {}
            order = (("with", add), ("without", without))
            for name, function in order if update.number % 2 else order[::-1]:
                LeafSums.add = function  # type: ignore[method-assign]
                began = time.process_time()
                run._update(update)
                seconds[name] = time.process_time() - began
            clock.turn(**seconds)


SIDES = {"channel sums": alone, "rewarm, pairs": pairs}
