"""Progress of long work on stderr: a bar on a terminal, a line now and then in a log."""

import sys
from collections.abc import Callable
from typing import NoReturn

from tqdm import tqdm


def progress(
    name: str,
    *,
    total: float | None,
    unit: str,
    initial: float = 0,
    scale: bool = False,
    quiet: bool = False,
) -> "tqdm[NoReturn]":
    """A tqdm bar with rate and time left; as a context manager it closes itself.

    In a log (stderr is no terminal) it prints a line at most every 20 seconds.
    """
    terminal = sys.stderr.isatty()
    return tqdm(
        desc=f"{name:<9}",
        total=total,
        unit=unit,
        unit_scale=scale,
        initial=initial,
        mininterval=0.2 if terminal else 20,
        leave=not terminal,
        dynamic_ncols=True,
        file=sys.stderr,
        disable=quiet,
    )


def update_of(bar: "tqdm[NoReturn]") -> Callable[[int], None]:
    """The function that moves a bar on by a number of units, without tqdm's own return value."""

    def update(count: int) -> None:
        bar.update(count)

    return update
