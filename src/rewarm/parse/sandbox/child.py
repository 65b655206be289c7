"""Runs inside the sandbox: `python -P -m rewarm.parse.sandbox.child`.

Reads requests from standard input and answers on what was standard output; libraries that print write to
the null device. Limits are set before the first request: the hard limit of address space cannot be raised
again by anything that runs here later.
"""

import contextlib
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from rewarm.engine.die_with_parent import die_with
from rewarm.parse.limits import Limits
from rewarm.parse.parsed import Problem, Unreadable, to_plain
from rewarm.parse.sandbox import frames

_FILES = 256
_EXCERPT = 300


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    out = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    first = frames.read(0)
    die_with(first["parent"])
    limits = Limits(**first["limits"])
    _confine(limits, int(first["memory"]))
    frames.write(out, {"ready": os.getpid()})
    while True:
        try:
            request = frames.read(0)
        except frames.Ended:
            return
        _allow_seconds(float(request["seconds"]))
        _answer(request, limits, out)


def _confine(limits: Limits, memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, limits.expansion),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
            resource.setrlimit(what, (most, most))


def _allow_seconds(seconds: float) -> None:
    """CPU time is counted over the process's life: the soft limit moves with every file."""
    used = time.process_time()
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))


def _answer(request: dict[str, Any], limits: Limits, out: int) -> None:
    from rewarm.parse.readers import read

    sent = 0

    def begin(position: str) -> None:
        frames.write(out, {"begin": position})

    try:
        for item in read(Path(request["path"]), request["kind"], request["options"], limits, begin):
            plain = to_plain(item)
            sent += len(plain.get("text") or "")
            if sent > limits.output:
                raise Unreadable("parse.too_long", f"gives more than {limits.output:,} characters of text")
            frames.write(out, {"item": plain})
    except Unreadable as error:
        frames.write(out, {"item": to_plain(Problem("", error.reason, error.detail))})
    except MemoryError:
        # What the parser holds may be all there is: answer with what is left, then start afresh.
        detail = f"needs more than {limits.memory >> 20:,} MB of memory"
        frames.write(out, {"item": to_plain(Problem("", "parse.memory", detail)), "end": True, "gone": True})
        os._exit(0)
    except BrokenPipeError:
        os._exit(0)
    except RecursionError:
        frames.write(out, {"item": to_plain(Problem("", "parse.nesting", "nested too deeply"))})
    except Exception as error:
        said = f"{type(error).__name__}: {str(error)[:_EXCERPT]}"
        frames.write(out, {"item": to_plain(Problem("", f"parse.{request['kind']}", said))})
    frames.write(out, {"end": True})


if __name__ == "__main__":
    sys.setrecursionlimit(2000)
    main()
