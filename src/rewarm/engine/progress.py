"""Progress of long work on stderr: a bar on a terminal, whole lines in a log.

A log gets a line at most every 30 seconds, and then only when the work is 0.5 % further or 10 minutes have
passed: about 200 lines for work of any length, none for work that is soon done. On a terminal the same lines
go to the run's log file alone.
"""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from rewarm.engine import run_log

if TYPE_CHECKING:
    _Bar = tqdm[NoReturn]
else:
    _Bar = tqdm

_SECONDS, _LONG_SECONDS = 30.0, 600.0
_SHARE = 0.005


class _Lines(_Bar):
    """Prints lines when they are due, and no bar."""

    _line_at = 0.0
    _line_n = 0.0
    _lines = 0

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:  # type: ignore[override]
        """Called by tqdm after `mininterval`, at the start and, with a message, at the end."""
        if msg is None:
            self._add_line(ended=False)
        return False

    def close(self) -> None:
        """Ends with a line only where there were others: what is soon done is not worth one."""
        if not self.disable and self._lines:
            self._add_line(ended=True)
        super().close()

    def _add_line(self, *, ended: bool) -> None:
        now = time.monotonic()
        if not self._line_at:
            self._line_at, self._line_n = now, self.n
            return
        passed, further = now - self._line_at, self.n - self._line_n
        far = not self.total or further >= _SHARE * self.total
        if not (ended and further) and (passed < _SECONDS or not (far or passed >= _LONG_SECONDS)):
            return
        self._line_at, self._line_n = now, self.n
        self._lines += 1
        self._print(self.line())

    def _print(self, line: str) -> None:
        print(line, file=sys.stderr)

    def line(self) -> str:
        """Name, share, count, rate, time left and postfix, as text."""
        state = self.format_dict
        n, total, unit, initial = state["n"], state["total"], state["unit"], state["initial"]
        shown = tqdm.format_sizeof if state["unit_scale"] else "{:,.0f}".format
        rate = state["rate"] or ((n - initial) / state["elapsed"] if state["elapsed"] else 0)
        parts = [f"{100 * n / total:3.0f} %"] if total else []
        parts.append(f"{shown(n)} of {shown(total)} {unit}" if total else f"{shown(n)} {unit}")
        parts.append(f"{shown(rate) if rate >= 10 else f'{rate:.2f}'} {unit}/s")
        if total and rate:
            parts.append(f"{tqdm.format_interval(max(0, total - n) / rate)} left")
        if state["postfix"]:
            parts.append(str(state["postfix"]))
        return f"{state['prefix'].removesuffix(': '):<9} {'   '.join(parts)}"


class _BarAndLines(_Lines):
    """Draws a bar on a terminal; the lines go to the run's log file."""

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:  # type: ignore[override]
        super().display(msg, pos)
        return bool(tqdm.display(self, msg, pos))

    def _print(self, line: str) -> None:
        run_log.add(line)


def progress(
    name: str,
    *,
    total: float | None,
    unit: str,
    initial: float = 0,
    scale: bool = False,
    quiet: bool = False,
) -> "tqdm[NoReturn]":
    """A tqdm bar with rate and time left, or lines; as a context manager it closes itself."""
    terminal = sys.stderr.isatty()
    bar: tqdm[NoReturn] = (_BarAndLines if terminal else _Lines)(
        desc=f"{name:<9}",
        total=total,
        unit=unit,
        unit_scale=scale,
        initial=initial,
        mininterval=0.2 if terminal else 5,
        # tqdm's own monitor redraws bars that are silent for longer.
        maxinterval=10 if terminal else 30,
        leave=False,
        dynamic_ncols=True,
        file=sys.stderr,
        disable=quiet,
    )
    return bar


def update_of(bar: "tqdm[NoReturn]") -> Callable[[int], None]:
    """The function that moves a bar on by a number of units, without tqdm's own return value."""

    def update(count: int) -> None:
        bar.update(count)

    return update
