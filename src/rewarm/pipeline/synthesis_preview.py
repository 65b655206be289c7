"""Prepares what `rewarm synthesize --preview` looks at: the steps before `synthesize`, and that step's
settings."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rewarm.data.collect import origins
from rewarm.data.synthesize import preview as previews
from rewarm.data.synthesize.preview import Preview
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.pipeline import run_directory
from rewarm.pipeline.planning import plan_steps
from rewarm.recipe import reading

_BEFORE = "route"


def preview(
    path: Path, root: Path, tell: run_directory.Tell, overrides: Mapping[str, Any] | None = None
) -> Preview:
    """Run the recipe up to `synthesize`, which costs nothing, and preview that step.

    Raises RewarmError where `synthesize` is off, and as a run does.
    """
    recipe = reading.load(path, overrides)
    if not recipe.synthesize.enabled:
        raise RewarmError(f"{path}: `synthesize` is off; set synthesize: {{enabled: true, teacher: {{…}}}}")
    run_directory.run(path, root, tell, until=_BEFORE, overrides=overrides)
    files = [origins.fingerprint(source) for source in recipe.model_dump(mode="json")["sources"]]
    (planned,) = (
        one for one in plan_steps(recipe, json.loads(json.dumps(files))) if one.name == "synthesize"
    )
    folders = {name: root / "steps" / folder for name, folder in run_directory.record(root).steps.items()}
    tables: dict[str, list[Path]] = {}
    for read in planned.reads:
        tables.setdefault(read.table.name, []).append(folders[read.producer] / read.table.path)
    with tempfile.TemporaryDirectory(prefix="preview-", dir=root / "steps", suffix=".partial") as scratch:
        work = Work("synthesize", Path(scratch), {**planned.config, **planned.aside}, tables)
        return previews.preview(replace(work), recipe.model, _parameters(recipe.model, path.parent))


def _parameters(model: str, folder: Path) -> int | None:
    """The base's size from its files, where they are here."""
    from rewarm.model import base
    from rewarm.model.safetensors_header import read

    place = base.at_hand(model, folder)
    if place is None or not place.is_dir():
        return None
    total = 0
    for file in sorted(place.glob("*.safetensors")):
        for entry in read(file).values():
            size = 1
            for length in entry.shape:
                size *= length
            total += size
    return total or None
