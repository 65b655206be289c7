"""Speed of a training and the tokens that it has left, in tokens of full sequences, as the plan counts."""

import numpy as np
import numpy.typing as npt

from rewarm.corpus.tables import blocks
from rewarm.runs.run import Run

RECENT = 50  # updates: one alone may hold a checkpoint or an evaluation
Floats = npt.NDArray[np.float64]


def sequence_lengths(run: Run) -> dict[str, int] | None:
    """Tokens of a sequence by stage; None before `pack`."""
    packed = run.json("pack", "manifest.json")
    return None if packed is None else {stage: int(row["seq_len"]) for stage, row in packed.items()}


def planned_tokens(run: Run, updates: int) -> tuple[int, int] | None:
    """Tokens of the first `updates` updates and of all, as planned; None before `pack`."""
    packed = run.steps.get("pack")
    if packed is None:
        return None
    return blocks.planned_tokens(packed.path, int(run.recipe["train"]["batch_tokens"]), updates)


def tokens_per_second(tokens: Floats, seconds: Floats) -> float | None:
    """Over the last updates. tokens, seconds: float64 [updates], of the newest stage only: another one may
    have longer sequences."""
    whole = float(seconds[-RECENT:].sum())
    return float(tokens[-RECENT:].sum()) / whole if whole else None


def seconds_left(tokens: int | None, speed: float | None) -> float | None:
    """None where speed or tokens are not known."""
    return tokens / speed if tokens is not None and speed else None
