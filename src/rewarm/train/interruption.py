"""Ctrl-C and SIGTERM finish the running update, so that its checkpoint is whole, on all ranks."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import torch

from rewarm.train.distributed.ranks import Ranks


@contextmanager
def interruptible(ranks: Ranks) -> Iterator[Callable[[], int]]:
    """Gives a function that returns the signal by which any rank was asked to stop, 0 without; all ranks
    call it together.

    SIGTERM on one rank outweighs SIGINT on another. A second signal raises KeyboardInterrupt at once.
    """
    signals: list[int] = []

    def note(signal_number: int, _frame: FrameType | None) -> None:
        if signals:
            raise KeyboardInterrupt("twice: stopped without a checkpoint")
        signals.append(signal_number)
        print("\nstopping after this update (again: at once)", file=sys.stderr)

    def asked() -> int:
        if ranks.world_size == 1:
            return signals[0] if signals else 0
        known = (signal.SIGINT, signal.SIGTERM)
        votes = torch.tensor([float(one in signals) for one in known], device=ranks.device)
        return max(
            (one for one, count in zip(known, ranks.add_up(votes).tolist(), strict=True) if count), default=0
        )

    before = {
        signal_number: signal.signal(signal_number, note) for signal_number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for signal_number, handler in before.items():
            signal.signal(signal_number, handler)
