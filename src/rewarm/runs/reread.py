"""Reads a run whose training goes on: publishing and rolling back replace files while they are read."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")
_TRIES = 3


def reread(read: Callable[[], Value], pause: float = 0.0) -> Value:
    """What `read` gives, called again after `pause` seconds when a file was gone meanwhile.

    Raises FileNotFoundError when that happens every time.
    """
    for _ in range(_TRIES - 1):
        try:
            return read()
        except FileNotFoundError:
            time.sleep(pause)
    return read()
