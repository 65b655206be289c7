"""The functions of the Python API (docs/api.md); `rewarm.Run` is in `runs/run.py`."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, reading
from rewarm.runs.run import Run


def load(recipe: str | Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
    """Read and check a recipe.

    Args:
        recipe: Path of the YAML file.
        overrides: Values by dotted key, laid over the file's: {"train.batch_tokens": 4096}. Items of a
            list are named, as in "stages.adapt.tokens".

    Raises:
        RewarmError: One line per fault, with file, line and field.
    """
    return reading.load(Path(recipe), overrides)


def run(
    recipe: str | Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    run_dir: str | Path | None = None,
    until: str | None = None,
) -> Run:
    """Run a recipe as `rewarm run` does: finished steps are not repeated. Progress goes to stderr.

    Args:
        recipe, overrides: As for `load`.
        run_dir: Default: runs/NAME.
        until: The last step to run; all by default.

    Returns:
        The run, to be read.

    Raises:
        RewarmError: For a fault that the user can act on, also for a recipe with variants, since each of
            them is a run.
    """
    from rewarm.pipeline import run_directory

    path = Path(recipe)
    read = reading.load(path, overrides)
    if read.variants:
        names = ", ".join(read.variants)
        raise RewarmError(
            f"{path}: has the variants {names}, and rewarm.run gives one run. Use `rewarm run {path}` and "
            "open runs/NAME/variants/VARIANT, or leave them out: overrides={'variants': {}}"
        )
    root = Path(run_dir) if run_dir else Path("runs") / read.name
    (folder,) = run_directory.run(
        path, root, lambda *_: None, until=until, report=_print_findings, overrides=overrides
    )
    return Run(folder)


def _print_findings(findings: list[Any]) -> None:
    for finding in findings:
        print(finding.line(), file=sys.stderr)
