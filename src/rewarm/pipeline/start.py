"""Finds the training state of an earlier run that a recipe goes on from."""

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import yaml

from rewarm.engine.step import State
from rewarm.errors import RewarmError
from rewarm.recipe import Start
from rewarm.runs.tables import step_dir

STATES = "_states"


def find(start: Start) -> State:
    """The checkpoint that `start` names.

    Raises RewarmError for a run that keeps none, or not of this step, with those that there are.
    """
    trained = step_dir(start.run, "train")
    # Of a run that ended, what an attempt left that was given up is no part.
    partials = sorted((start.run / "steps").glob("train-*.partial"), key=lambda path: path.stat().st_mtime)
    folders = [trained / STATES] if trained else [path / "checkpoints" for path in partials[-1:]]
    states = {
        int(path.name[5:]): path
        for folder in folders
        for path in sorted(folder.glob("step-*"))
        if path.name[5:].isdigit()
    }
    if not states:
        raise RewarmError(
            f"start.run: {start.run} keeps no training state: its recipe had neither train.keep_last nor "
            "train.keep_every. Set one, remove its steps/train-* and run it again"
        )
    step = max(states) if start.step is None else start.step
    if step not in states:
        raise RewarmError(
            f"start.step: {start.run} keeps no state of {step} updates; "
            f"it has {', '.join(map(str, sorted(states)))}"
        )
    state = json.loads((states[step] / "state.json").read_text())
    content = json.dumps([step, state["files"]], sort_keys=True)
    recipe = yaml.safe_load((start.run / "recipe.yaml").read_text(encoding="utf-8"))
    steps = {name: step_dir(start.run, name) for name in ("holdout", "mix", "pack")}
    missing = [name for name, path in steps.items() if path is None]
    if missing:
        raise RewarmError(f"start.run: {start.run} has lost its step {missing[0]}; run it again")
    earlier = {name: str(path) for name, path in steps.items()}
    return State(
        states[step],
        hashlib.sha256(content.encode()).hexdigest()[:16],
        {**earlier, "batch_tokens": recipe["train"]["batch_tokens"], "step": step},
        state.get("rate") or _rate(trained, step),
    )


def _rate(trained: Path | None, step: int) -> float:
    table = trained / "metrics/steps.parquet" if trained else None
    if table is None or not table.exists():
        return 0.0
    rates = pq.read_table(table, columns=["rate"], filters=[("step", "=", step - 1)])["rate"].to_pylist()
    return float(rates[0]) if rates else 0.0
