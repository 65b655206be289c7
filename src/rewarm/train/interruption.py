"""Ctrl-C and SIGTERM finish the running update, so that its checkpoint is whole, on all ranks."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import torch

from rewarm.train.distributed.ranks import Ranks


@contextmanager
def interruptible(ranks: Ranks) -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether any rank was asked to stop; all ranks call it together.

    A second signal raises KeyboardInterrupt at once.
    """
    signals: list[int] = []

    def note(signal_number: int, _frame: FrameType | None) -> None:
        if signals:
            raise KeyboardInterrupt("twice: stopped without a checkpoint")
        signals.append(signal_number)
        print("\nstopping after this update (again: at once)", file=sys.stderr)

    def asked() -> bool:
        if ranks.world_size == 1:
            return bool(signals)
        votes = torch.tensor([float(bool(signals))], device=ranks.device)
        return bool(ranks.add_up(votes).item())

    before = {
        signal_number: signal.signal(signal_number, note) for signal_number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield asked
    finally:
        for signal_number, handler in before.items():
            signal.signal(signal_number, handler)
