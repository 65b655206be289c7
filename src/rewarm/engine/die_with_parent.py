"""A process that does not outlive the one that started it, also under `kill -9`.

What goes on after its parent writes beside the next attempt and holds the run's lock. Linux tells
a child by a signal; elsewhere only a parent that is gone already is noticed.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Be killed when process `parent`, which started this one, ends; at once when it has ended."""
    _ask_for_a_signal()
    # It may have ended before the signal was asked for: whoever adopted this process has another id.
    if os.getppid() != parent:
        os._exit(1)


def die_with_agent() -> None:
    """The same for a worker of torchrun, which gives its workers sessions of their own.

    A worker is not told its agent's id. The agent is Python; what adopts orphans (init, a shell, a
    container's shim) is not, so a parent of another kind means that the agent is gone.
    """
    if sys.platform != "linux" or "TORCHELASTIC_RUN_ID" not in os.environ:
        return
    agent = os.getppid()
    try:
        program = Path(f"/proc/{agent}/exe").readlink().name
    except OSError:
        program = ""
    if "python" not in program and "torchrun" not in program:
        print(f"torchrun is gone (parent {agent}: {program or 'unknown'}); this rank ends", file=sys.stderr)
        os._exit(1)
    die_with(agent)


def end_with_parent() -> None:
    """In a new child, before it runs its program: be asked to stop (SIGTERM) when the parent ends."""
    _ask_for_a_signal(signal.SIGTERM)


def _ask_for_a_signal(number: int = signal.SIGKILL) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
