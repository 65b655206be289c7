"""Finds the training state of an earlier run that a recipe goes on from."""

import hashlib
import json

from rewarm.corpus.tables import blocks
from rewarm.engine.step import State
from rewarm.errors import RewarmError
from rewarm.recipe import Recipe, Start
from rewarm.runs.run import Run

# What steps of the run that goes on need of the earlier one.
_READ = ("holdout", "mix", "pack")


def find(start: Start) -> State:
    """The checkpoint that `start` names.

    Raises RewarmError for a run that keeps none, or none after this update, with the updates that it has.
    """
    try:
        run = Run(start.run)
    except RewarmError as error:
        raise RewarmError(f"start.run: {error}") from None
    states = {state.updates: state.folder for state in run.states}
    if not states:
        raise RewarmError(
            f"start.run: {start.run} keeps no training state: its recipe had neither train.keep_last nor "
            "train.keep_every. Set one, remove its steps/train-* and run it again"
        )
    update = max(states) if start.update is None else start.update
    if start.block is not None:
        update = blocks.end_of(run.blocks, start.block, "start.block").updates
    if update not in states:
        named = "start.update" if start.block is None else f"start.block {start.block}"
        raise RewarmError(
            f"{named}: {start.run} keeps no state of {update} updates; "
            f"it has {', '.join(map(str, sorted(states)))}"
        )
    state = json.loads((states[update] / "state.json").read_text())
    content = json.dumps([update, state["files"]], sort_keys=True)
    missing = [name for name in _READ if name not in run.steps]
    if missing:
        raise RewarmError(f"start.run: {start.run} has lost its step {missing[0]}; run it again")
    vocabulary = run.steps.get("vocabulary")
    earlier = {name: str(run.steps[name].path) for name in _READ}
    return State(
        states[update],
        hashlib.sha256(content.encode()).hexdigest()[:16],
        {**earlier, "batch_tokens": run.recipe["train"]["batch_tokens"], "updates": update}
        | ({"vocabulary": str(vocabulary.path)} if vocabulary else {}),
        state.get("rate") or run.rate(update - 1) or 0.0,
    )


def check_vocabulary(recipe: Recipe, state: State | None) -> None:
    """Raise RewarmError when the earlier run trained added tokens and this recipe has none."""
    if state is not None and "vocabulary" in state.earlier and recipe.vocabulary is None:
        raise RewarmError(
            "start.run: that run extended the base's vocabulary, and its state fits no other. Add "
            "`vocabulary` with the same documents; its tokens are taken over as they are"
        )
