"""Averages of several models of one base: anneals of one checkpoint, seeds, or the last checkpoints of a run.

OLMo 2 ends its training with an average of several anneals (2501.00656). The average of the last checkpoints
of a training at a constant rate is near what a decay of the rate would give (LaWA, 2209.14981).
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from rewarm.errors import RewarmError
from rewarm.merge import models
from rewarm.merge.combination import Combined, combine, plan


def average(
    given: Sequence[Path], weights: Sequence[float], checkpoints: int | None, out: Path, dry_run: bool = False
) -> Combined:
    """Average model folders and results of runs, or the last checkpoints of one run.

    weights: as many as there are models, divided by their sum; none for equal ones.

    Raises RewarmError for a wrong number of models or weights, and as `combine` does.
    """
    if checkpoints is None:
        folders = [models.folder_of(path) for path in given]
        return _average(folders, weights, out, dry_run)
    if len(given) != 1:
        raise RewarmError(f"--checkpoints takes one run, and {len(given)} are given")
    aside = out.with_name(out.name + ".checkpoints")
    try:
        return _average(models.checkpoints(given[0], checkpoints, aside), weights, out, dry_run)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _average(folders: Sequence[Path], weights: Sequence[float], out: Path, dry_run: bool) -> Combined:
    models.check_count(folders, 2)
    if weights and len(weights) != len(folders):
        raise RewarmError(f"{len(weights)} weights for {len(folders)} models: give one --weight for each")
    wanted = list(weights) or [1.0] * len(folders)
    total = sum(wanted)
    if total == 0:
        raise RewarmError(f"--weight: {', '.join(f'{weight:g}' for weight in wanted)} sum to 0")
    parts = [(folder, weight / total) for folder, weight in zip(folders, wanted, strict=True)]
    return plan(parts, out) if dry_run else combine(parts, out, kind="average")
