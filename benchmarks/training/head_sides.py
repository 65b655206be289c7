"""The loss head alone, forward and backward: what it takes above its inputs, and how long.

Memory is the process's peak during a turn less what it held before it. The kernel keeps that peak and
lets it be reset (Linux), so nothing else of the process counts; gradients of head and hidden states
do, on both sides, as training needs them.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from training.turns import Clock
from training.world import TOKENS, VOCABULARY, WIDTH


def resident_mb(peak: bool = False) -> float:
    """Memory of this process, or its peak since `reset_peak`."""
    key = "VmHWM" if peak else "VmRSS"
    for line in Path("/proc/self/status").read_text().split("\n"):
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise OSError(f"/proc/self/status has no {key}; the memory of the loss head is measured on Linux")


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _full(hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    logits = torch.nn.functional.linear(hidden, head).float()
    return (torch.nn.functional.cross_entropy(logits, targets, reduction="none") * weights).sum()


def _chunked(hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    from rewarm.model.linear_cross_entropy import linear_cross_entropy
    from rewarm.recipe import Train

    chunk = Train().loss_chunk
    return linear_cross_entropy(hidden, head, targets, weights, chunk=chunk)[0]


def _turns(loss_of: Callable[..., Tensor], tokens: int, _world: Path, clock: Clock) -> None:
    generator = torch.Generator().manual_seed(0)
    head = (torch.randn(VOCABULARY, WIDTH, generator=generator) * 0.02).requires_grad_()
    hidden = torch.randn(tokens, WIDTH, generator=generator).bfloat16().requires_grad_()
    targets = torch.randint(VOCABULARY, (tokens,), generator=generator)
    weights = torch.full((tokens,), 1 / tokens)
    clock.begin()
    while True:
        head.grad = hidden.grad = None
        reset_peak()
        before = resident_mb()
        with torch.autocast("cpu", torch.bfloat16):
            loss = loss_of(hidden, head, targets, weights)
        loss.backward()
        del loss
        clock.turn(extra_mb=resident_mb(peak=True) - before)


SIDES = {
    "head, full": partial(_turns, _full, TOKENS),
    "head, chunked": partial(_turns, _chunked, TOKENS),
    "head, chunked, 4 x tokens": partial(_turns, _chunked, 4 * TOKENS),
}
