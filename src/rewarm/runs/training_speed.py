"""Speed of a training and the tokens that it has left, in tokens of full sequences, as the plan counts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rewarm.runs.run import Run

RECENT = 50  # updates: one alone may hold a checkpoint or an evaluation
Floats = npt.NDArray[np.float64]


def sequence_lengths(run: Run) -> dict[str, int] | None:
    """Tokens of a sequence by stage; None before `pack`."""
    packed = run.json("pack", "manifest.json")
    return None if packed is None else {stage: int(row["seq_len"]) for stage, row in packed.items()}


def tokens_left(run: Run, done: Mapping[str, int]) -> int | None:
    """Tokens of the sequences that are still to be trained on; None before `pack`.

    done: sequences by stage.
    """
    packed = run.json("pack", "manifest.json")
    if packed is None:
        return None
    return sum(
        (int(row["sequences"]) - done.get(stage, 0)) * int(row["seq_len"]) for stage, row in packed.items()
    )


def tokens_per_second(tokens: Floats, seconds: Floats) -> float | None:
    """Over the last updates. tokens, seconds: float64 [updates], of the newest stage only: another one may
    have longer sequences."""
    whole = float(seconds[-RECENT:].sum())
    return float(tokens[-RECENT:].sum()) / whole if whole else None


def seconds_left(tokens: int | None, speed: float | None) -> float | None:
    """None where speed or tokens are not known."""
    return tokens / speed if tokens is not None and speed else None
