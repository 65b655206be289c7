"""The state of a run's files as one text, from their sizes and times alone.

Equal stamps mean that nothing was written in between: an answer made from one is still right, and a page that
holds it need not be sent it again. A training that goes on changes `metrics.jsonl` at every update.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from rewarm.runs.run import Run

_RUN_FILES = ("run.json", "recipe.yaml", "activity.json")
_TRAINING_FILES = ("metrics.jsonl", "retained.jsonl", "incidents.jsonl", "_metrics", "checkpoints", "metrics")


def stamp(run: Run) -> str:
    """16 hexadecimal digits."""
    paths = [run.path / name for name in _RUN_FILES]
    if run.training is not None:
        paths += [run.training, *(run.training / name for name in _TRAINING_FILES)]
    return joined(_state(path) for path in paths)


def joined(texts: Iterable[str]) -> str:
    """One stamp for several texts."""
    return hashlib.blake2b("\n".join(texts).encode("utf-8", "replace"), digest_size=8).hexdigest()


def _state(path: Path) -> str:
    try:
        stat = os.stat(path)
    except OSError:
        return f"{path} -"
    return f"{path} {stat.st_mtime_ns} {stat.st_size}"
