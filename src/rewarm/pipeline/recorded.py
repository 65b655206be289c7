"""What `rewarm status` and log.txt know of a run: the state of the process that works in its directory."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rewarm.corpus.tables import activity
from rewarm.engine import run_log
from rewarm.errors import RewarmError, Stopped
from rewarm.pipeline.running import Outcome

Tell = Callable[[str, Outcome], None]


@contextmanager
def recorded(
    folder: Path, steps: Sequence[str], until: str | None, tell: Tell, before: Sequence[str] = ()
) -> Iterator[Tell]:
    """Keep activity.json and log.txt of the run directory `folder` while the block runs its steps.

    steps: their names in order; before: lines that were printed already. Gives a function that notes an
    outcome and passes it on to `tell`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = activity.of_this_process(len(steps), until or "")
    current = replace(own, step=steps[0] if steps else "")
    activity.write(folder, current)

    def note(variant: str, outcome: Outcome) -> None:
        nonlocal current
        if outcome.state != "begins":
            done = steps.index(outcome.step) + 1
            current = replace(current, done=done, step=steps[min(done, len(steps) - 1)])
            if outcome.state == "ran" or done == len(steps):
                activity.write(folder, current)
        log.line(outcome.line())
        tell(variant, outcome)

    # Outcomes are logged here, also where the caller prints none of them to stdout.
    with run_log.copied_to(folder, results=False) as log:
        log.line(f"start     process {current.process} on {current.host}")
        for line in before:
            log.line(line)
        try:
            yield note
        except BaseException as error:
            state, message = _ended(error)
            with suppress(OSError):  # a full disk, which `error` reports
                activity.write(folder, replace(current, state=state, ended=activity.now(), message=message))
            log.line(f"{state:<9} {message}")
            if state == "failed" and not isinstance(error, RewarmError):
                log.line("".join(traceback.format_exception(error)))
            raise
        activity.write(folder, replace(current, state="finished", ended=activity.now()))
        log.line(f"finished  {current.done} of {current.steps} steps")


def _ended(error: BaseException) -> tuple[str, str]:
    """The state that an exception leaves, and its first line."""
    message = str(error).strip().split("\n")[0]
    if isinstance(error, (KeyboardInterrupt, Stopped)):
        return "stopped", message or "by Ctrl-C"
    if isinstance(error, RewarmError):
        return "failed", message
    return "failed", f"{type(error).__name__}: {message}"
