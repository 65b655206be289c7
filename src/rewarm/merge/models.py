"""What the command line calls a model, as a folder: a model folder, a run's result, a run's checkpoints."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from rewarm.engine.progress import progress
from rewarm.errors import RewarmError
from rewarm.model import causal_lm, checkpoint_weights, pretrained
from rewarm.runs.models import base_of
from rewarm.runs.run import Run


def folder_of(path: Path) -> Path:
    """A model folder as it is, or the result of a run. Raises RewarmError for anything else."""
    if (path / "config.json").is_file():
        return path
    if (path / "run.json").is_file():
        result = Run(path).file("export", "model")
        if result is None:
            raise RewarmError(f"{path}: has no result yet; finish it with `rewarm run`")
        return result
    raise RewarmError(f"{path}: is neither a model folder (config.json) nor a run (run.json)")


def base_and_result(run: Path) -> tuple[Path, Path]:
    """The two ends of an interpolation. Raises RewarmError for a run that is not finished."""
    return base_of(Run(run)), folder_of(run)


def checkpoints(run: Path, count: int, folder: Path) -> list[Path]:
    """Model folders of the last `count` kept checkpoints of a run, written below `folder`.

    Checkpoints are in the format of torch's distributed checkpoint with optimizer states, so each is loaded
    into the model once: memory for one model. The checkpoint of the last update is the result and counts.

    Raises RewarmError when the run kept fewer.
    """
    opened = Run(run)
    states = opened.states[-count:]
    if len(states) < count:
        raise RewarmError(
            f"{run}: kept {len(states)} checkpoints, and {count} are asked for. Train with "
            "train.keep_every and train.keep_last"
        )
    base = base_of(opened)
    found = []
    with progress("read", total=count, unit="checkpoint") as bar:
        for state in states:
            target = folder / state.folder.name
            shutil.rmtree(target, ignore_errors=True)
            model = checkpoint_weights.load(base, state.folder, causal_lm.device_of("cpu"))
            model.save_pretrained(target)
            pretrained.tokenizer_of(base).save_pretrained(target)
            found.append(target)
            bar.update(1)
    return found


def check_count(models: Sequence[Path], least: int) -> None:
    """Raise RewarmError for fewer models than an average takes."""
    if len(models) < least:
        raise RewarmError(f"{len(models)} models given: an average takes at least {least}")
