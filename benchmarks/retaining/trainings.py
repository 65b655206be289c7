"""Runs the trainings of the benchmark of forgetting with `rewarm run`; what is done is not done again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from retaining import world
from retaining.world import Size
from rewarm.runs.run import Run

# Bits per byte of a round of plain text, below which the general loss counts as flat.
_FLAT = 0.005
# `rewarm run` ends so when a result is worse than its base, which naive training may be.
_WORSE = 4


def flat_base(folder: Path, texts: Path, model: str, size: Size, rate: float | None) -> str:
    """The base after rounds of plain text, until its general loss is flat. One base for all seeds.

    A round after which the loss is higher is not taken: training would recover that and look like a gain.
    """
    for number in range(size.rounds):
        name = f"plain-{number + 1}"
        run = train(folder, world.plain_recipe(texts, model, size, name, rate, 0))
        found = {row.value: row for row in run.evaluation[0] if row.axis == "task"}
        change = found["general"].change_bits
        print(f"plain text, round {number + 1}: general {change:+.4f} bits per byte", flush=True)
        if change < 0:
            model = str(run.file("export", "model"))
        if change > -_FLAT:
            break
    return model


def train(folder: Path, recipe: dict[str, Any]) -> Run:
    """The finished run of a recipe, of its first variant where it has some."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recipe['name']}.yaml"
    text = json.dumps(recipe, indent=1)  # JSON is YAML
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    done = subprocess.run([sys.executable, "-m", "rewarm", "run", path.name], cwd=folder, env=os.environ)
    if done.returncode not in (0, _WORSE):
        raise SystemExit(f"rewarm run {path} ended with {done.returncode}")
    first = next(iter(recipe.get("variants", {})), None)
    run = folder / "runs" / recipe["name"]
    return Run(run / "variants" / first if first else run)
