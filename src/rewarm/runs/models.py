"""The models of a run: the base, and the model that training started from."""

from pathlib import Path

from rewarm.model import base
from rewarm.runs.run import Run


def base_of(run: Run) -> Path:
    """Folder of the run's base model."""
    return base.resolve(str(run.recipe["model"]), Path(run.record.recipe_file).parent).path


def trained_from(run: Run) -> Path:
    """Folder of the model that training started from: the base, or the base with new tokens."""
    return run.file("vocabulary", "model") or base_of(run)
