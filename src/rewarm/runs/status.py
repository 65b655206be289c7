"""The state of a run, from its directory alone: read while it runs, without locks and without a trace.

A process that was killed cannot write so. A run is therefore `running` only if the process that
`activity.json` names still exists, by its ID and the time of its creation; `killed` if it does not. From
another machine that cannot be asked, so the age of the newest file that the process writes is given.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from rewarm.corpus.tables import activity, run_record
from rewarm.corpus.tables.activity import Activity
from rewarm.errors import RewarmError
from rewarm.runs.reread import reread
from rewarm.runs.run import Run
from rewarm.runs.training_status import TrainingStatus, of_run

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Status:
    """state: running, finished, stopped (its state is saved), failed, killed, or unknown for a run without
    activity.json; message: why it stopped or failed; step: the one that runs or ran last, the number `done`
    + 1 of `steps`; until: the last step that was asked for, "" for all; silent_seconds: since the process
    last wrote; disk_bytes: of the whole run directory with all variants; log, report: files, None if
    missing."""

    run: str
    name: str
    variant: str
    state: str
    message: str
    process: int | None
    host: str
    started: str | None
    ended: str | None
    silent_seconds: float | None
    step: str
    done: int
    steps: int
    until: str
    training: TrainingStatus | None
    disk_bytes: int
    log: str | None
    report: str | None


def of_folder(folder: Path) -> list[Status]:
    """The status of the run at `folder`, of its variants, or of all runs below a folder, by path.

    Raises RewarmError when there is none.
    """
    if not folder.is_dir():
        raise RewarmError(f"{folder}: is not a folder; give a run directory or a folder that contains runs")
    found = _runs(folder, _DEPTH)
    if not found:
        raise RewarmError(f"{folder}: contains no run; a run directory (default: runs/NAME) has run.json")
    return [_status(path) for path in found]


def is_run(folder: Path) -> bool:
    """Whether it is a run directory; before the first step has finished it has only `activity.json`."""
    return any((folder / name).is_file() for name in ("run.json", activity.NAME))


def _runs(folder: Path, depth: int) -> list[Path]:
    """The run directories in `folder`, which may be one; a recipe's variants are runs."""
    if is_run(folder):
        return [folder]
    if not depth:
        return []
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir() and path.name not in _NO_RUNS)
    except PermissionError:
        return []
    return [run for path in below if not path.name.startswith(".") for run in _runs(path, depth - 1)]


_NO_RUNS = frozenset({"steps", "model", "report"})


def _status(folder: Path) -> Status:
    known = activity.read(folder)
    record = run_record.read(folder / "run.json")
    run = Run(folder) if record else None
    root = run.root if run else folder
    state = state_of(known, finished=bool(record and record.finished))
    log, report = folder / activity.LOG, folder / "report/index.html"
    # A training that publishes or rolls back meanwhile renames files: then everything is read again.
    training = reread(lambda: of_run(Run(folder)), 0.05) if run else None
    return Status(
        run=str(folder),
        name=record.name if record else root.name,
        variant=folder.name if folder.parent.name == "variants" else "",
        state=state,
        message=known.message if known and known.state == state else "",
        process=known.process if known else None,
        host=known.host if known else "",
        started=known.started if known else record.started if record else None,
        ended=known.ended if known else record.finished if record else None,
        silent_seconds=_silent(folder, run) if state in ("running", "killed") else None,
        step=known.step if known else "",
        done=known.done if known else len(record.steps) if record else 0,
        steps=known.steps if known else 0,
        until=known.until if known else "",
        training=training,
        disk_bytes=_bytes(root),
        log=str(log) if log.exists() else None,
        report=str(report) if report.exists() else None,
    )


def state_of(known: Activity | None, *, finished: bool) -> str:
    """`Status.state` from the activity of a run. finished: whether its record says so."""
    if known is None:
        return "finished" if finished else "unknown"
    return "killed" if known.state == "running" and known.alive is False else known.state


def _silent(folder: Path, run: Run | None) -> float | None:
    """Seconds since the process last wrote to its log, its activity or the training log."""
    training = run.training if run else None
    paths = [folder / activity.LOG, folder / activity.NAME]
    paths += [training / "metrics.jsonl"] if training else []
    times = [path.stat().st_mtime for path in paths if path.exists()]
    return max(0.0, time.time() - max(times)) if times else None


def _bytes(root: Path) -> int:
    """Bytes of all files, a file with several names once."""
    seen: dict[tuple[int, int], int] = {}
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                about = os.lstat(os.path.join(folder, name))
            except FileNotFoundError:  # a step publishes meanwhile
                continue
            seen[about.st_dev, about.st_ino] = about.st_size
    return sum(seen.values())
