"""Faults of the first updates, and slow ones: what a window of recent updates takes for usual.

A learning rate far too high; gradient ascent, which raises the loss over tens of updates; labels that
the model can see; documents that repeat two tokens. `START` is the update at which each begins to act.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import planted
import pytest
import torch

UPDATES = 120
LATE = 40
# Fault → update from which it acts, updates until the alarm at most, peak rate (None is the default).
FAULTS: dict[str, tuple[int, int, float | None]] = {
    "learning rate 1": (1, 3, 1.0),
    "learning rate 0.1": (1, 3, 0.1),
    "learning rate 0.01": (1, 3, 0.01),
    "gradient ascent": (LATE, 60, 3e-4),
    "labels that the model sees": (LATE, 3, None),
    "two tokens repeated": (0, 3, None),
}


def schedule(name: str) -> dict[str, Any]:
    """The stage's schedule in which the fault acts from its update on."""
    peak = FAULTS[name][2]
    return {} if peak is None else {"peak": peak, "warmup": 0, "shape": "constant"}


def repeat_two_tokens(root: Path) -> None:
    """Make every sequence a repetition of its first two tokens."""

    def change(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            row["tokens"] = np.resize(row["tokens"][:2], len(row["tokens"])).tolist()

    planted.rewrite(root, change)


def disturb(patch: pytest.MonkeyPatch, name: str) -> None:
    """Put the fault into training, where it is one of the weights or the labels."""
    from rewarm.model import causal_lm
    from rewarm.train.gradient import Gradients
    from rewarm.train.guard.recovery import Recovery

    at = {"update": -1}
    gradient: Callable[..., Any] = Recovery.gradient

    def watched(self: Recovery, update: Any, weights: np.ndarray) -> Any:
        at["update"] = update.number
        return gradient(self, update, weights)

    patch.setattr(Recovery, "gradient", watched)
    if name == "gradient ascent":
        clip = Gradients.clip

        def ascend(self: Gradients, norm: float) -> None:
            clip(self, norm)
            if at["update"] >= LATE:
                for parameter in self._parameters:
                    if parameter.grad is not None:
                        parameter.grad.neg_()

        patch.setattr(Gradients, "clip", ascend)
    if name == "labels that the model sees":
        load = causal_lm.load

        def leaking(path: Path, device: torch.device) -> Any:
            model = load(path, device)

            def shift(_module: Any, _positional: Any, named: dict[str, Any]) -> Any:
                if model.training and at["update"] >= LATE:
                    named = {**named, "input_ids": named["input_ids"].roll(-1, dims=1)}
                return (), named

            model.get_decoder().register_forward_pre_hook(shift, with_kwargs=True)
            return model

        patch.setattr(causal_lm, "load", leaking)
